import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunnerError } from '../../model/errors.ts';
import type { ToolLock } from '../../model/tool-contract.ts';
import type { Configuration } from '../configuration.ts';

export const lockFileName = 'runner.lock.yaml';

const read = new WeakMap<Configuration, Promise<ToolLock | undefined>>();

/**
 * The project's lock as it was when it was needed first; undefined where there is none, or where it is ignored.
 * @throws RunnerError CONFIG_INVALID when it cannot be read: half a lock would protect nobody
 */
export function projectLock(configuration: Configuration): Promise<ToolLock | undefined> {
  if (configuration.lock === 'ignored') return Promise.resolve(undefined);
  const known = read.get(configuration) ?? readProjectLock(configuration);
  read.set(configuration, known);
  return known;
}

async function readProjectLock({ project }: Configuration): Promise<ToolLock | undefined> {
  const text = textOf(join(project.root, lockFileName));
  if (text === undefined) return undefined;
  const { readLock } = await import('../../language/lock/read-lock.ts');
  const reading = await readLock(text);
  if (reading.ok) return reading.lock;
  throw new RunnerError('CONFIG_INVALID', `${lockFileName} cannot be used. ${reading.reason}`, {
    hint: 'Take it from git as it was; or delete it, write it anew with `runner lock`, and review what changes.',
  });
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new RunnerError('CONFIG_INVALID', `${lockFileName} cannot be read.`, { cause });
  }
}
