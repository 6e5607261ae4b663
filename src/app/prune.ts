import { RunnerError } from '../model/errors.ts';
import type { PrunableRun, RetentionPolicy } from '../model/retention.ts';
import type { App } from './app.ts';

export interface PruneRequest {
  /** Each wins over what `retention` of `runner.yaml` says. */
  readonly policy: RetentionPolicy;
  /** True: nothing is removed. */
  readonly dryRun: boolean;
}

export interface PruneReport {
  readonly policy: RetentionPolicy;
  /** What was removed, or would be. */
  readonly runs: readonly PrunableRun[];
  /** Runs that the policy would let go and that an open run came from. */
  readonly needed: readonly string[];
  readonly definitions: number;
  /** That the file of the journal is smaller now. */
  readonly freedBytes: number;
}

/**
 * Removes runs that have ended and are kept no longer, with their logs and definitions that no other run uses.
 * @throws RunnerError USAGE where nothing says which; STORAGE_*
 */
export async function prune(app: App, { policy: given, dryRun }: PruneRequest): Promise<PruneReport> {
  const policy = { ...app.configuration.retention, ...given };
  if (policy.keepForMs === undefined && policy.keepLast === undefined) throw nothingSaid();
  const pruner = await app.stores.pruner();
  const candidates = pruner.candidates(policy, app.clock.now());
  const origins = candidates.length === 0 ? new Set<string>() : await originsOf(app, pruner.openRuns());
  const runs = candidates.filter(({ id }) => !origins.has(id));
  const needed = candidates.filter(({ id }) => origins.has(id)).map(({ id }) => id);
  if (dryRun) return { policy, runs, needed, definitions: 0, freedBytes: 0 };
  const telemetry = await app.stores.telemetry();
  for (const { id } of runs) telemetry.forget(await pruner.remove(id));
  const definitions = await pruner.removeDefinitions();
  return { policy, runs, needed, definitions, freedBytes: await pruner.shrink() };
}

/** The runs that open ones were made of, and those before them. */
async function originsOf(app: App, open: readonly string[]): Promise<ReadonlySet<string>> {
  const journal = await app.stores.journal();
  const found = new Set<string>();
  const waiting = [...open];
  for (let run = waiting.pop(); run !== undefined; run = waiting.pop()) {
    const [first] = journal.read(run);
    const origin = first?.type === 'run.started' ? first.origin?.run : undefined;
    if (origin === undefined || found.has(origin)) continue;
    found.add(origin);
    waiting.push(origin);
  }
  return found;
}

function nothingSaid(): RunnerError {
  return new RunnerError('USAGE', 'Nothing says which runs are to be kept, so none was removed.', {
    hint: 'Give --older-than 30d or --keep 100, or say `retention: { keep_for: 30d }` in runner.yaml.',
  });
}
