import { hash } from 'node:crypto';
import { handleOf } from '../../model/secrets.ts';

/**
 * The handles of a run's secrets, by name: the same after a resume, and different in every run.
 * @param seed random, recorded when the run began
 */
export function handlesOf(seed: string, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.map((name) => [name, handleOf(name, hash('sha256', `${seed}\n${name}`).slice(0, 32))]),
  );
}
