import type { Journal } from '../engine/ports.ts';
import type { RunRecord } from '../model/run-records.ts';
import { RunnerError } from '../model/errors.ts';
import { homeOf } from './configuration.ts';
import { readEnvironment } from './environment.ts';
import type { Variables } from './environment.ts';
import { findProject } from './project.ts';
import { openJournalFile } from './stores.ts';

interface Surroundings {
  readonly cwd: string;
  readonly variables: Variables;
}

/**
 * The environment that a run was started in: it goes on with the settings of no other.
 * @param asked the one that a person names, if any
 * @returns null for a run that was started in none
 * @throws RunnerError RUN_NOT_FOUND, RUN_AMBIGUOUS; USAGE when another one is asked for
 */
export function environmentOfRun(around: Surroundings, id: string, asked?: string): Promise<string | null> {
  return withJournal(around, (journal) => {
    const record = journal.find(id);
    if (asked !== undefined && asked !== record.environment) throw otherEnvironment(record, asked);
    return record.environment ?? null;
  });
}

/**
 * Runs that `resume --all` continues, oldest first, by their environment; null is none.
 * @param asked only those of this one
 */
export function interruptedRuns(
  around: Surroundings,
  asked?: string,
): Promise<ReadonlyMap<string | null, readonly string[]>> {
  return withJournal(around, (journal) => {
    const filter = { statuses: ['interrupted', 'queued'] as const, limit: 10_000 };
    const records = journal.list(asked === undefined ? filter : { ...filter, environment: asked }).toReversed();
    const groups = new Map<string | null, string[]>();
    for (const { id, environment = null } of records) {
      const group = groups.get(environment);
      if (group) group.push(id);
      else groups.set(environment, [id]);
    }
    return groups;
  });
}

/** The settings of the project are not read: which of them hold is what is asked. */
async function withJournal<T>({ cwd, variables }: Surroundings, body: (journal: Journal) => T): Promise<T> {
  const home = homeOf({ project: findProject(cwd), cwd }, readEnvironment(variables));
  const { createClock } = await import('../adapters/system/clock.ts');
  const journal = await openJournalFile({ configuration: { home }, clock: createClock() }, () => undefined);
  try {
    return body(journal);
  } finally {
    await journal.close();
  }
}

/** The error about settings that a run was not started with. */
export function otherEnvironment(
  { id, environment }: Pick<RunRecord, 'id' | 'environment'>,
  asked: string | undefined,
) {
  const began = environment === undefined ? 'in no environment' : `in the environment "${environment}"`;
  const wanted = asked === undefined ? 'not in one' : `in "${asked}"`;
  return new RunnerError('USAGE', `Run ${id} began ${began}, and cannot go on ${wanted}.`, {
    hint: 'Leave out --env: a run goes on in the environment that it began in.',
  });
}
