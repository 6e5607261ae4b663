import { randomInt } from 'node:crypto';
import type { Random } from '../../engine/ports.ts';

const resolution = 2 ** 47;

/** A number from 0 (included) to 1 (excluded) that nobody can foretell. */
export const randomNumber: Random = () => randomInt(resolution) / resolution;
