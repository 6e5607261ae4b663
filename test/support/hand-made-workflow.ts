import type { RunEvent, StepEnded } from '../../src/model/events.ts';
import type { Json } from '../../src/model/json.ts';
import type { Value } from '../../src/model/values.ts';
import type {
  ApprovalStep,
  ForEachStep,
  ParallelStep,
  RepeatStep,
  SetStep,
  Step,
  SwitchStep,
  TryStep,
  Workflow,
} from '../../src/model/workflow.ts';

/** A compiled workflow as a test needs it: its name and hash follow from its steps. */
export function workflowOf(...steps: readonly Step[]): Workflow {
  return {
    irVersion: 1,
    name: 'sample',
    hash: JSON.stringify(steps),
    file: 'workflows/sample.yaml',
    labels: {},
    inputs: {},
    failFast: true,
    steps,
    onFailure: [],
    finally: [],
  };
}

export const literal = (value: Json): Value => ({ kind: 'literal', value });

export const reference = (slot: string): Value => ({ kind: 'path', slot, steps: [], list: false, text: `$${slot}` });

const base = (key: string, references: readonly string[]) => ({
  key,
  id: key.slice(Math.max(key.lastIndexOf('.'), key.lastIndexOf('/')) + 1),
  line: 1,
  continueOnError: false,
  references,
});

/** A step that computes something of the steps that it names. */
export function compute(key: string, names: readonly string[] = [], values: Value = literal(key)): SetStep {
  return { ...base(key, names), kind: 'set', values };
}

export function forEach(key: string, items: Value, ...steps: readonly Step[]): ForEachStep {
  return { ...base(key, []), kind: 'for_each', items, as: 'item', maxParallel: 1, body: { steps } };
}

export function repeat(key: string, ...steps: readonly Step[]): RepeatStep {
  const until = { kind: 'expression', text: 'false', variables: {} } as const;
  return { ...base(key, []), kind: 'repeat', until, max: 9, body: { steps } };
}

export function parallel(key: string, branches: Readonly<Record<string, readonly Step[]>>): ParallelStep {
  const all = Object.entries(branches).map(([name, steps]) => ({ name, body: { steps } }));
  return { ...base(key, []), kind: 'parallel', branches: all };
}

export function choose(key: string, ...cases: readonly (readonly Step[])[]): SwitchStep {
  return { ...base(key, []), kind: 'switch', cases: cases.map((steps) => ({ body: { steps } })) };
}

export function guarded(key: string, parts: { readonly [K in 'body' | 'handler' | 'last']: readonly Step[] }): TryStep {
  const handlers = [{ body: { steps: parts.handler } }];
  return { ...base(key, []), kind: 'try', body: { steps: parts.body }, catch: handlers, finally: parts.last };
}

export function approval(key: string, binds: readonly string[]): ApprovalStep {
  return { ...base(key, []), kind: 'approval', question: literal('Go on?'), quorum: 1, onTimeout: 'reject', binds };
}

/** The end of a step. */
export function ended(
  key: string,
  status: StepEnded['status'] = 'succeeded',
  more: Partial<StepEnded> = {},
): StepEnded {
  const output = status === 'succeeded' ? { output: `result of ${key}` } : {};
  return { type: 'step.ended', at: 10, key, kind: 'set', status, attempts: 0, durationMs: 1, ...output, ...more };
}

export function bodyEnded(key: string, status: 'succeeded' | 'failed' | 'cancelled' = 'succeeded'): RunEvent {
  return { type: 'body.ended', at: 10, key, status };
}

export function begun(key: string, more: object = {}): RunEvent {
  return { type: 'step.started', at: 5, key, kind: 'set', ...more };
}
