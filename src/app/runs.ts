import type { RunRecord } from '../model/run-records.ts';
import type { RunEvent } from '../model/events.ts';
import type { JsonObject } from '../model/json.ts';
import { foldRun } from '../model/run-view-fold.ts';
import type { FoldOptions } from '../model/run-view-fold.ts';
import type { RunView } from '../model/run-view.ts';
import type { RunStatus } from '../model/states.ts';
import type { Workflow } from '../model/workflow.ts';
import type { App } from './app.ts';
import { hideFamily } from './hide-family.ts';
import { describeRun } from './run-document.ts';
import type { RunDocument } from './run-document.ts';

export interface RunQuery {
  readonly workflow?: string;
  readonly statuses?: readonly RunStatus[];
  readonly startedAfter?: number;
  readonly environment?: string;
  readonly limit: number;
}

/** A run in a list. */
export interface RunListing {
  readonly run_id: string;
  readonly workflow: string;
  readonly status: RunStatus;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly duration_ms: number;
  readonly inputs: JsonObject;
  readonly commit: string | null;
  readonly environment: string | null;
}

/** Runs, newest first. */
export async function listRuns(app: App, query: RunQuery): Promise<readonly RunListing[]> {
  const journal = await app.stores.records();
  return journal.list(query).map((record) => ({
    run_id: record.id,
    workflow: record.workflow,
    status: record.status,
    started_at: new Date(record.startedAt).toISOString(),
    ended_at: record.endedAt === undefined ? null : new Date(record.endedAt).toISOString(),
    duration_ms: Math.max(0, (record.endedAt ?? record.leftAt ?? app.clock.now()) - record.startedAt),
    inputs: record.inputs,
    commit: record.commit ?? null,
    environment: record.environment ?? null,
  }));
}

/** Everything that is known of one run. */
export interface RunDetails {
  readonly record: RunRecord;
  readonly view: RunView;
  readonly events: readonly RunEvent[];
  /** Absent where a newer runner compiled it. */
  readonly workflow?: Workflow;
  readonly document: RunDocument;
}

/**
 * One run, by its id or an unambiguous part of it.
 * @throws RunnerError RUN_NOT_FOUND, RUN_AMBIGUOUS
 */
export async function showRun(app: App, id: string, options: FoldOptions = {}): Promise<RunDetails> {
  const journal = await app.stores.records();
  const record = journal.find(id);
  const events = journal.events(record.id);
  const workflow = definitionOf(() => journal.definition(record.definition).workflow);
  hideFamily(app.configuration.redactor, journal, record);
  const view = foldRun(events, workflow, options);
  const document = describeRun({ id: record.id, view, status: record.status, now: record.leftAt ?? app.clock.now() });
  return { record, view, events, document, ...(workflow ? { workflow } : {}) };
}

/** A run of a newer runner can still be shown, without the steps that have not begun. */
function definitionOf(read: () => Workflow): Workflow | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
