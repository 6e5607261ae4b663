import { blockText } from '../block-words.ts';
import { everyStep } from '../../model/run-view.ts';
import type { RunView, StepView } from '../../model/run-view.ts';
import type { StepStatus } from '../../model/states.ts';
import type { Workflow, Step } from '../../model/workflow.ts';
import { bodiesOf } from '../../model/block-bodies.ts';

/** How a step of a run stands, over all items and rounds that it ran in. */
export interface FlowState {
  readonly status: StepStatus;
  /** How often it was reached: more than once in a loop. */
  readonly times: number;
  /** Of a block: `10 items: 9 ok, 1 failed`. */
  readonly text?: string;
}

/** The states of a run's steps, by their keys in the definition. */
export type FlowStates = ReadonlyMap<string, FlowState>;

/** @param view with every body kept */
export function flowStates(view: RunView, workflow: Workflow): FlowStates {
  const { steps, onFailure, finally: last } = workflow;
  const loops = [...steps, ...onFailure, ...last].flatMap(loopKeys);
  const states = new Map<string, FlowState>();
  for (const step of everyStep([...view.steps, ...view.undone])) {
    const key = declaredKeyOf(step.key, loops);
    states.set(key, combined(states.get(key), step));
  }
  return states;
}

function loopKeys(step: Step): readonly string[] {
  const inner = bodiesOf(step).flatMap(({ steps }) => steps.flatMap(loopKeys));
  return step.kind === 'for_each' || step.kind === 'repeat' ? [step.key, ...inner] : inner;
}

/** `deploy[].release` for `deploy[3].release`; cases and handlers keep their numbers. */
function declaredKeyOf(key: string, loops: readonly string[]): string {
  return loops.reduce((declared, loop) => {
    if (!declared.startsWith(`${loop}[`)) return declared;
    return loop + declared.slice(loop.length).replace(/^\[\d+\]/, '[]');
  }, key);
}

/** What must be seen first: what needs a person, what failed, what is under way. */
const urgency: readonly StepStatus[] = [
  'unknown',
  'failed',
  'waiting',
  'running',
  'cancelled',
  'succeeded',
  'skipped',
  'pending',
];

function combined(known: FlowState | undefined, step: StepView): FlowState {
  const times = (known?.times ?? 0) + (step.status === 'pending' ? 0 : 1);
  const isFirst = known === undefined || urgency.indexOf(step.status) < urgency.indexOf(known.status);
  const text = known === undefined ? blockText(step) : undefined;
  return { status: isFirst ? step.status : known.status, times, ...(text === undefined ? {} : { text }) };
}
