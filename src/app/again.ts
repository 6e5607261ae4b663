import { canonicalJson } from '../model/json.ts';
import type { JsonObject } from '../model/json.ts';
import { RunnerError } from '../model/errors.ts';
import type { RunEvent, RunOrigin, RunStarted } from '../model/events.ts';
import type { RunRecord } from '../model/run-records.ts';
import { startOf } from '../model/run-start.ts';
import { isFinal } from '../model/states.ts';
import type { Workflow } from '../model/workflow.ts';
import { hideFamily } from './hide-family.ts';
import type { ActiveRun, RunObserver } from './active-run.ts';
import type { App } from './app.ts';
import { requireSameWorld } from './continue-run.ts';
import { readInputs } from './inputs.ts';
import type { InputArgument } from './inputs.ts';
import { doubtfulCalls } from './kept/doubtful-calls.ts';
import { editKept } from './kept/edit-kept.ts';
import { selectKept } from './kept/select-kept.ts';
import type { KeptSelection } from './kept/select-kept.ts';
import { loadProjectWorkflow, toolServersOf } from './project-workflow.ts';
import { startRun } from './run-workflow.ts';
import type { PreparedRun } from './run-workflow.ts';
import { requireServers } from './tool-servers.ts';

/** A run to be made out of another one. */
export interface AgainRequest {
  readonly kind: RunOrigin['kind'];
  /** Id of the other run, or a part of it. */
  readonly run: string;
  /** Id or key of a step; for `fork` it is needed. */
  readonly from?: string;
  /** True: with the workflow as it is in its file now. */
  readonly withLatest: boolean;
  /** In place of the other run's. */
  readonly inputs: readonly InputArgument[];
  /** Into kept results; those that begin with `inputs.` are inputs. */
  readonly edits: readonly InputArgument[];
  readonly keepChanged: boolean;
}

/** What a run that is made out of another one will be, before it begins. */
export interface AgainPlan {
  readonly kind: RunOrigin['kind'];
  readonly other: RunRecord;
  readonly attempt: number;
  readonly changedInputs: readonly string[];
  readonly selection: KeptSelection;
  /** True where the definition is another one than the other run's. */
  readonly isChanged: boolean;
  readonly run: PreparedRun;
}

/**
 * Prepares a retry, a fork or a rerun: nothing is started.
 * @throws RunnerError RUN_NOT_FOUND, RUN_AMBIGUOUS, RUN_OPEN, RUN_STEP_UNKNOWN, EDIT_INVALID, WORKFLOW_*, INPUT_*
 */
export async function planAgain(app: App, request: AgainRequest): Promise<AgainPlan> {
  const journal = await app.stores.journal();
  const other = journal.find(request.run);
  requireFit(other, request);
  const before = journal.definition(other.definition);
  const events = journal.events(other.id);
  const started = startOf(other.id, events);
  const after = request.withLatest ? await loadProjectWorkflow(app, other.workflow) : before;
  const inputs = await inputsOf(request, started, after.workflow);
  if (request.kind !== 'rerun') requireSameWorld(app, other.id, started.options.sandbox === true);
  requireServers(app.configuration, toolServersOf(after.workflow, app.configuration.tools));
  const changedInputs = namesChanged(started.inputs, inputs);
  const selection = keptOf(app, request, { events, before: before.workflow, after: after.workflow, changedInputs });
  hideFamily(app.configuration.redactor, journal, other);
  const attempt = request.kind === 'retry' ? (started.origin?.attempt ?? 1) + 1 : 1;
  const from = selection.from === undefined || request.kind === 'rerun' ? {} : { from: selection.from };
  const { dryRun, cache } = started.options;
  return {
    kind: request.kind,
    other,
    attempt,
    changedInputs,
    selection,
    isChanged: before.workflow.hash !== after.workflow.hash,
    run: {
      workflow: after.workflow,
      source: after.source,
      inputs,
      dryRun,
      cache,
      origin: { run: other.id, kind: request.kind, attempt, ...from, ...doubtOf(request.kind, events) },
      kept: selection.events,
      // What is kept may hold handles of secrets, which only the same seed makes again.
      ...(started.handleSeed === undefined ? {} : { handleSeed: started.handleSeed }),
    },
  };
}

/** A fork or a rerun wants its effects once more; a retry does not. */
function doubtOf(kind: RunOrigin['kind'], events: readonly RunEvent[]): Pick<RunOrigin, 'doubtful'> {
  const doubtful = kind === 'retry' ? doubtfulCalls(events) : {};
  return Object.keys(doubtful).length === 0 ? {} : { doubtful };
}

/** Starts what was prepared. @throws RunnerError SECRET_MISSING, STORAGE_* */
export function startAgain(app: App, plan: AgainPlan, observer: RunObserver): Promise<ActiveRun> {
  return startRun(app, plan.run, observer);
}

function requireFit({ id, status, parent, root }: RunRecord, { kind, from }: AgainRequest): void {
  if (kind !== 'retry') return;
  if (!isFinal(status)) {
    throw new RunnerError('RUN_OPEN', `Run ${id} has not ended (${status}), so it goes on itself.`, {
      hint: `Continue it with: runner resume ${id}, or make another one of it with: runner fork ${id} --from <step>`,
    });
  }
  if (parent !== undefined) {
    throw new RunnerError('USAGE', `Run ${id} is a part of run ${root}, which waited for it.`, {
      hint: `Try that one again: runner retry ${root}`,
    });
  }
  if (status !== 'succeeded' || from !== undefined) return;
  throw new RunnerError('USAGE', `Run ${id} has succeeded: there is nothing to try again.`, {
    hint: `Say from where with --from, or do all of it again: runner rerun ${id}`,
  });
}

const inputPrefix = 'inputs.';

/** Those of the other run, as far as the workflow has them still, with what a person gives in place of them. */
function inputsOf({ inputs, edits }: AgainRequest, { inputs: old }: RunStarted, after: Workflow): Promise<JsonObject> {
  const kept = Object.entries(old).filter(([name]) => Object.hasOwn(after.inputs, name));
  const edited = edits
    .filter(({ name }) => name.startsWith(inputPrefix))
    .map((edit) => renamed(edit, edit.name.slice(inputPrefix.length)));
  return readInputs(after, [...kept.map(([name, value]) => ({ name, value })), ...edited, ...inputs]);
}

function namesChanged(old: JsonObject, now: JsonObject): readonly string[] {
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
    (name) => textOf(old, name) !== textOf(now, name),
  );
}

function textOf(inputs: JsonObject, name: string): string | undefined {
  return Object.hasOwn(inputs, name) ? canonicalJson(inputs[name] ?? null) : undefined;
}

function renamed(argument: InputArgument, name: string): InputArgument {
  return 'value' in argument ? { name, value: argument.value } : { name, text: argument.text };
}

interface Sides {
  readonly events: readonly RunEvent[];
  readonly before: Workflow;
  readonly after: Workflow;
  readonly changedInputs: readonly string[];
}

function keptOf({ clock }: App, request: AgainRequest, sides: Sides): KeptSelection {
  const { kind, from, keepChanged, edits } = request;
  const selection = selectKept({
    ...sides,
    events: kind === 'rerun' ? [] : sides.events,
    ...(from === undefined ? {} : { from }),
    keepChanged,
    now: clock.now(),
  });
  const results = edits.filter(({ name }) => !name.startsWith(inputPrefix));
  const values = results.map((edit) => ({ path: edit.name, value: 'value' in edit ? edit.value : edit.text }));
  return { ...selection, events: editKept(selection.events, values) };
}
