import { randomInt } from 'node:crypto';
import type { Random } from '../../engine/ports.ts';
import type { EpochMs } from '../../model/time.ts';

const resolution = 2 ** 47;

/** A number from 0 (included) to 1 (excluded) that nobody can foretell. */
export const randomNumber: Random = () => randomInt(resolution) / resolution;

/** Without i, l, o and u: nobody misreads them, and no words appear. */
const digits = '0123456789abcdefghjkmnpqrstvwxyz';

/** `20261122-150538-k3f9x2ab`: the time in UTC, so that ids sort by age, and 40 random bits. */
export function newRunId(now: EpochMs, random: Random): string {
  const [date = '', time = ''] = new Date(now).toISOString().split(/[T.]/);
  const tail = Array.from({ length: 8 }, () => digits[Math.floor(random() * digits.length)]).join('');
  return `${date.replaceAll('-', '')}-${time.replaceAll(':', '')}-${tail}`;
}
