import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RunnerError } from '../../model/errors.ts';
import type { ToolLock } from '../../model/tool-contract.ts';
import type { Configuration } from '../configuration.ts';
import { readProjectFile } from '../workflow-files.ts';

export const lockFileName = 'runner.lock.yaml';

/** A long-lived process looks so often whether the file has changed. */
const lookAgainMs = 500;

/** Hundreds of tools with their schemas. */
const mostBytes = 16 * 1_048_576;

interface Reading {
  readonly lock: Promise<ToolLock | undefined>;
  /** Tells one state of the file from another. */
  readonly state: string;
  lookedAt: number;
}

const readings = new WeakMap<Configuration, Reading>();
const noLock = Promise.resolve(undefined);

/**
 * The project's lock as it is now; undefined where there is none, or where it is ignored. The same promise for as long
 * as the file stays as it is.
 * @throws RunnerError CONFIG_INVALID when it cannot be read: half a lock would protect nobody
 */
export function projectLock(configuration: Configuration): Promise<ToolLock | undefined> {
  if (configuration.lock === 'ignored') return noLock;
  const known = readings.get(configuration);
  const now = performance.now();
  if (known && now - known.lookedAt < lookAgainMs) return known.lock;
  const state = stateOf(join(configuration.project.root, lockFileName));
  if (known?.state === state) {
    known.lookedAt = now;
    return known.lock;
  }
  const lock = readProjectLock(configuration);
  readings.set(configuration, { lock, state, lookedAt: now });
  return lock;
}

function stateOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats === undefined ? 'none' : `${stats.mtimeMs} ${stats.size} ${stats.ino}`;
}

async function readProjectLock({ project }: Configuration): Promise<ToolLock | undefined> {
  const file = join(project.root, lockFileName);
  if (!existsSync(file)) return undefined;
  const text = (await readProjectFile(file, lockFileName, 'CONFIG_INVALID', mostBytes)).toString('utf8');
  const { readLock } = await import('../../language/lock/read-lock.ts');
  const reading = await readLock(text);
  if (reading.ok) return reading.lock;
  throw new RunnerError('CONFIG_INVALID', `${lockFileName} cannot be used. ${reading.reason}`, {
    hint: 'Take it from git as it was; or delete it, write it anew with `runner lock`, and review what changes.',
  });
}
