import type { Connector } from '../engine/ports.ts';
import type { StepResult, ToolAction } from '../model/actions.ts';
import { RunnerError } from '../model/errors.ts';
import { isManual, manualPrefix } from '../model/manual-work.ts';
import type { ManualStore, ManualWork } from '../model/manual-work.ts';
import type { Redactor } from '../model/redaction.ts';
import type { App } from './app.ts';

interface Recording {
  /** Opened with the first call that is left to a person. */
  readonly store: () => Promise<ManualStore>;
  readonly redactor: Redactor;
  readonly now: () => number;
}

/** Records what is left to a person, and leads all other calls where `tools` leads. */
export function manualConnector(tools: Connector, recording: Recording): Connector {
  return {
    call: (action, context, signal) => {
      if (action.kind !== 'tool' || !isManual(action.tool)) return tools.call(action, context, signal);
      const { run, step, idempotencyKey: id } = context;
      return record(action, { id, run, step: step.replace(/\/fallback\[\d+\]$/, '') }, recording);
    },
  };
}

/** The id is that of the call, so what a crash repeats is recorded once. */
async function record(
  { server, tool, params: { params = null, error = null, note } }: ToolAction,
  call: Pick<ManualWork, 'id' | 'run' | 'step'>,
  { store, redactor, now }: Recording,
): Promise<StepResult> {
  const work: ManualWork = {
    ...call,
    target: `${server}/${tool.slice(manualPrefix.length)}`,
    params: redactor.json(params),
    error: redactor.json(error),
    ...(typeof note === 'string' ? { note: redactor.text(note) } : {}),
    recordedAt: now(),
  };
  try {
    await (await store()).record(work);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The call could not be recorded for a person: ${reason}`;
    return { ok: false, fault: { kind: 'tool_error', message, outcome: 'not_executed', transient: false } };
  }
  return { ok: true, output: { queued: true, manual_id: work.id } };
}

/** What waits for a person, oldest first; with `all` also what has been done. */
export async function listManualWork(app: App, { all }: { readonly all: boolean }): Promise<readonly ManualWork[]> {
  return (await app.stores.manualWork()).list({ all });
}

/**
 * One of them, by its id or the beginning of it.
 * @throws RunnerError MANUAL_NOT_FOUND, also where several begin so
 */
export async function findManualWork(app: App, id: string): Promise<ManualWork> {
  const found = /^[0-9a-f]+$/.test(id) ? (await app.stores.manualWork()).find(id) : [];
  const [work, other] = found;
  if (work !== undefined && other === undefined) return work;
  throw new RunnerError(
    'MANUAL_NOT_FOUND',
    other ? `Several manual tasks begin with "${id}".` : `No manual task is called "${id}".`,
    { hint: other ? 'Give more of the id.' : '`runner manual` lists those that are open.' },
  );
}

/**
 * Closes one. Whoever closes it first is the one who did it.
 * @throws RunnerError MANUAL_NOT_FOUND, MANUAL_DONE
 */
export async function closeManualWork(
  app: App,
  id: string,
  { by, note }: { readonly by: string; readonly note?: string },
): Promise<ManualWork> {
  const work = await findManualWork(app, id);
  const store = await app.stores.manualWork();
  const done = { at: app.clock.now(), by, ...(note === undefined ? {} : { note }) };
  if (await store.close(work.id, done)) return { ...work, done };
  const closed = await findManualWork(app, work.id);
  throw new RunnerError('MANUAL_DONE', `${closed.done?.by ?? 'Somebody'} has done this already.`, {
    hint: `\`runner manual show ${work.id.slice(0, 8)}\` shows when.`,
  });
}
