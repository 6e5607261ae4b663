import { EvaluationError } from '../../language/expressions/scope.ts';
import type { Fault } from '../../model/faults.ts';
import type { Json } from '../../model/json.ts';
import { keptSpace } from '../../model/requests.ts';
import type { StateStep } from '../../model/workflow.ts';
import type { RunContext } from './context.ts';
import { evaluate, misfit, perform } from './program.ts';
import type { Program } from './scheduler.ts';
import { duration } from './resolve.ts';
import type { StepEnding } from './step-end.ts';

/** Reads, keeps or forgets a value over runs. A change is durable together with the end of its step. */
export function* runState(context: RunContext, step: StateStep): Program<StepEnding> {
  const name = yield* evaluate(context, step.name, `state.${step.operation}`);
  if (typeof name !== 'string' || name.trim() === '') {
    throw new EvaluationError(
      'expression',
      `state.${step.operation}: a name is needed, and this is ${JSON.stringify(name)}`,
    );
  }
  const { world = '', workflow } = context.facts;
  const place = { space: keptSpace(world, step.scope === 'project' ? '' : workflow.name), name };
  if (step.operation === 'get') return yield* get(context, step, place);
  if (context.facts.options.dryRun) return { status: 'skipped', skipped: 'dry_run', attempts: 0 };
  if (context.facts.options.readOnly) return { status: 'failed', fault: refused(), attempts: 0 };
  return step.operation === 'put' ? yield* put(context, step, place) : yield* forget(context, step, place);
}

interface StatePlace {
  readonly space: string;
  readonly name: string;
}

function* get(context: RunContext, step: StateStep, place: StatePlace): Program<StepEnding> {
  const { value } = yield* perform(context, { kind: 'state', key: step.key, ...place });
  if (value !== undefined) return yield* fitting(context, step, value, place.name);
  const fallback = step.default ? yield* evaluate(context, step.default, 'state.default') : null;
  return { status: 'succeeded', output: fallback, attempts: 1 };
}

function* put(context: RunContext, step: StateStep, place: StatePlace): Program<StepEnding> {
  const value = step.value ? yield* evaluate(context, step.value, 'state.value') : null;
  const ending = yield* fitting(context, step, value, place.name);
  if (ending.status !== 'succeeded') return ending;
  const expires =
    step.expiresMs === undefined ? {} : { expiresAt: context.now + duration(context, step.expiresMs, 'state.expires') };
  context.run.stateChanges.push({ kind: 'put', ...place, value, ...expires });
  return ending;
}

function* forget(context: RunContext, step: StateStep, place: StatePlace): Program<StepEnding> {
  const { value } = yield* perform(context, { kind: 'state', key: step.key, ...place });
  context.run.stateChanges.push({ kind: 'delete', ...place });
  return { status: 'succeeded', output: { deleted: value !== undefined }, attempts: 1 };
}

function* fitting(context: RunContext, { schema }: StateStep, value: Json, name: string): Program<StepEnding> {
  const problem = schema && (yield* misfit(context, schema, value));
  if (problem === undefined) return { status: 'succeeded', output: value, attempts: 1 };
  const message = `The value "${name}" does not fit its schema: ${problem}`;
  return {
    status: 'failed',
    fault: { kind: 'expectation', message, outcome: 'failed', transient: false },
    attempts: 1,
  };
}

function refused(): Fault {
  const message = 'The project is in read-only mode, and this step changes a kept value. Nothing was changed.';
  return { kind: 'read_only', message, outcome: 'not_executed', transient: false, hint: 'Leave the read-only mode.' };
}
