import type { App } from '../app.ts';
import { isoTime } from '../iso-time.ts';
import { showRun } from '../runs.ts';
import type { RunDetails } from '../runs.ts';
import type { RunRecord } from '../../model/run-records.ts';
import type { RunStatus } from '../../model/states.ts';
import { changesSince } from './changes.ts';
import type { RunComparison } from './changes.ts';
import { explanationOf } from './explanation.ts';
import type { Explanation } from './explanation.ts';

/** Why a run stands as it does, what was tried, what to do, and what is different from when it went well. */
export interface RunExplanation extends Explanation {
  readonly run_id: string;
  readonly workflow: string;
  readonly status: RunStatus;
  /** The last run of the workflow before it that succeeded in the same environment; null where there is none. */
  readonly last_success: { readonly run_id: string; readonly started_at: string } | null;
  /** What is different from that run. */
  readonly changes: RunComparison;
}

/** @throws RunnerError RUN_NOT_FOUND, RUN_AMBIGUOUS */
export async function explainRun(app: App, id: string): Promise<RunExplanation> {
  const details = await showRun(app, id);
  const before = await lastSuccess(app, details);
  return {
    run_id: details.record.id,
    workflow: details.view.workflow,
    status: details.document.status,
    ...explanationOf(details, app.clock.now()),
    last_success: before ? { run_id: before.record.id, started_at: isoTime(before.record.startedAt) } : null,
    changes: before ? await changesSince(app, before, details) : [],
  };
}

const mostRuns = 10_000;

/** A run in the sandbox, or one without writes, says nothing about a real one. */
async function lastSuccess(app: App, { record, view }: RunDetails): Promise<RunDetails | undefined> {
  const journal = await app.stores.records();
  const { workflow, environment } = record;
  const filter = { workflow, statuses: ['succeeded'], ...(environment === undefined ? {} : { environment }) } as const;
  const isBefore = (each: RunRecord): boolean =>
    each.id !== record.id && each.startedAt <= record.startedAt && each.environment === environment;
  for (const each of journal.list({ ...filter, limit: mostRuns })) {
    if (!isBefore(each)) continue;
    const details = await showRun(app, each.id);
    const { dryRun, sandbox } = details.view.options;
    if (dryRun === view.options.dryRun && sandbox === view.options.sandbox) return details;
  }
  return undefined;
}
