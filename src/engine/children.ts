import { RunnerError } from '../model/errors.ts';
import type { RunEvent } from '../model/events.ts';
import type { Fault } from '../model/faults.ts';
import type { RunRecord } from '../model/run-records.ts';
import { startOf } from '../model/run-start.ts';
import { isFinal } from '../model/states.ts';
import type { RunEnd } from './core/operations.ts';
import type { Children, EngineParts, ResumeOptions, RunHandle, StartRequest } from './parts.ts';
import type { Journal } from './ports.ts';

/** What carries runs. */
interface Carrier {
  start(request: StartRequest): Promise<RunHandle>;
  resume(run: string, options: ResumeOptions): Promise<RunHandle>;
}

/** Runs children in the process of their parent. A child that was begun before a crash is continued. */
export function runChildren(carrier: Carrier, { journal, adopt }: Pick<EngineParts, 'journal' | 'adopt'>): Children {
  return async ({ parent, operation }, { signal, leaving, idle }) => {
    const known = findRun(journal, operation.run);
    if (known && isFinal(known.status)) return endOf(journal.events(known.id));
    adopt?.(operation.run, parent);
    const begun = known
      ? await carrier.resume(known.id, { force: true, idle })
      : await begin(carrier, journal, { parent, operation, idle });
    if (!('done' in begun)) return begun;
    signal.addEventListener('abort', () => begun.cancel(`run ${parent}`), { once: true });
    const leave = (): void => leaveAs(begun, leaving.reason, `run ${parent}`);
    leaving.addEventListener('abort', leave, { once: true });
    if (signal.aborted) begun.cancel(`run ${parent}`);
    if (leaving.aborted) leave();
    return begun.done;
  };
}

function leaveAs(handle: RunHandle, reason: unknown, by: string): void {
  if (reason === 'waiting' || reason === 'needs_attention') handle.park();
  else if (reason === 'paused') handle.pause(by);
  else handle.stop();
}

async function begin(
  carrier: Carrier,
  journal: Journal,
  { parent, operation, idle }: Parameters<Children>[0] & Pick<Parameters<Children>[1], 'idle'>,
): Promise<RunHandle | RunEnd> {
  const { run: id, key, workflow, inputs: given } = operation;
  const { resolveInputs } = await import('../language/inputs.ts');
  const { inputs, problems } = await resolveInputs(workflow.inputs, given);
  if (!inputs) {
    const message = problems.map((problem) => problem.message).join(' ');
    const fault: Fault = { kind: 'invalid_params', message, outcome: 'not_executed', transient: false };
    return { status: 'failed', error: { ...fault, attempts: 0 } };
  }
  const record = journal.find(parent);
  const { options, handleSeed } = startOf(parent, journal.read(parent));
  return carrier.start({
    id,
    workflow,
    source: journal.definition(record.definition).source,
    inputs,
    options,
    parent: { run: parent, key },
    idle,
    ...(record.commit === undefined ? {} : { commit: record.commit }),
    ...(handleSeed === undefined ? {} : { handleSeed }),
  });
}

function findRun(journal: Journal, id: string): RunRecord | undefined {
  try {
    const found = journal.find(id);
    return found.id === id ? found : undefined;
  } catch (error) {
    if (error instanceof RunnerError && error.code === 'RUN_NOT_FOUND') return undefined;
    throw error;
  }
}

function endOf(events: readonly RunEvent[]): RunEnd {
  const last = events.findLast((event) => event.type === 'run.ended');
  if (!last) throw new RunnerError('STORAGE_CORRUPT', 'The journal holds a final run without its end.');
  const { status, output, error } = last;
  return { status, ...(output === undefined ? {} : { output }), ...(error ? { error } : {}) };
}
