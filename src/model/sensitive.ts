import type { RunEvent } from './events.ts';
import type { Json, JsonObject } from './json.ts';
import { bodiesOf } from './block-bodies.ts';
import type { Step, Workflow } from './workflow.ts';
import { isCallStep } from './workflow.ts';

/** What stands in the place of a value that the author calls sensitive. */
export const sensitiveNotice = '[sensitive]';

/** Which values of a run are kept out of sight. */
export interface Hidden {
  readonly inputs: ReadonlySet<string>;
  /** Keys in the definition of steps, and of alternatives whose result becomes that of such a step. */
  readonly steps: ReadonlySet<string>;
}

export function hiddenOf(workflow: Workflow): Hidden {
  const inputs = Object.entries(workflow.inputs).flatMap(([name, spec]) => (spec.sensitive ? [name] : []));
  const steps = [...workflow.steps, ...workflow.onFailure, ...workflow.finally].flatMap((step) =>
    hiddenKeys(step, false),
  );
  return { inputs: new Set(inputs), steps: new Set(steps) };
}

function hiddenKeys(step: Step, isWithin: boolean): readonly string[] {
  const isHidden = isWithin || step.sensitive === true;
  const alternatives = isCallStep(step) ? step.fallback : [];
  const inner = [
    ...alternatives.flatMap((each) => (each.kind === 'step' ? [each.step] : [])),
    ...bodiesOf(step).flatMap(({ steps }) => steps),
  ].flatMap((each) => hiddenKeys(each, isHidden));
  return isHidden ? [step.key, ...inner] : inner;
}

/** True for a step whose result is kept out of sight, whichever item or round it belongs to. */
export function isHiddenStep({ steps }: Hidden, key: string): boolean {
  if (steps.size === 0) return false;
  return steps.has(key) || (key.includes('[') && [...steps].some((declared) => isKeyOf(declared, key)));
}

/** Where the definition says `[]` for all items, a key has the number of one. */
function isKeyOf(declared: string, key: string): boolean {
  const [first = '', ...rest] = declared.split('[]');
  if (rest.length === 0 || !key.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const index = /^\[\d+\]/.exec(key.slice(at))?.[0];
    if (index === undefined || !key.startsWith(part, at + index.length)) return false;
    at += index.length + part.length;
  }
  return at === key.length;
}

export function hasHidden({ inputs, steps }: Hidden): boolean {
  return inputs.size + steps.size > 0;
}

/** The inputs as people see them. */
export function shownInputs(inputs: JsonObject, hidden: Hidden): JsonObject {
  if (hidden.inputs.size === 0) return inputs;
  const shown = Object.entries(inputs).map(([name, value]) => [
    name,
    hidden.inputs.has(name) ? sensitiveNotice : value,
  ]);
  return Object.fromEntries(shown) as JsonObject;
}

/** The values of a run that must not be seen, as far as the events hold them. */
export function hiddenValues(events: readonly RunEvent[], hidden: Hidden): readonly Json[] {
  if (!hasHidden(hidden)) return [];
  return events.flatMap((event): readonly Json[] => {
    if (event.type === 'run.started') return [...hidden.inputs].flatMap((name) => event.inputs[name] ?? []);
    return event.type === 'step.ended' && isHiddenStep(hidden, event.key) ? [event.output ?? null] : [];
  });
}

/** Every text and number in a value, as texts: what a redactor looks for. */
export function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((item: Json) => textsIn(item));
}
