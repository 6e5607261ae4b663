import type { RunEvent } from './events.ts';
import type { Json, JsonObject } from './json.ts';
import { bodiesOf, partnersOf, topSteps } from './block-bodies.ts';
import type { Step, Workflow } from './workflow.ts';

/** What stands in the place of a value that the author calls sensitive. */
export const sensitiveNotice = '[sensitive]';

/** Which values of a run are kept out of sight. */
export interface Hidden {
  readonly inputs: ReadonlySet<string>;
  /** Keys in the definition of steps, and of alternatives whose result becomes that of such a step. */
  readonly steps: ReadonlySet<string>;
  /** Keys in the definition of blocks and bodies whose result is, or may hold, that of such a step. */
  readonly carriers: ReadonlySet<string>;
}

export function hiddenOf(workflow: Workflow): Hidden {
  const inputs = Object.entries(workflow.inputs).flatMap(([name, spec]) => (spec.sensitive ? [name] : []));
  const steps = topSteps(workflow);
  const hidden = new Set(steps.flatMap((step) => hiddenKeys(step, false)));
  const carriers = hidden.size === 0 ? [] : steps.flatMap((step) => carriersIn(step, hidden));
  return { inputs: new Set(inputs), steps: hidden, carriers: new Set(carriers) };
}

function hiddenKeys(step: Step, isWithin: boolean): readonly string[] {
  const isHidden = isWithin || step.sensitive === true;
  const inner = [...partnersOf(step), ...bodiesOf(step).flatMap(({ steps }) => steps)].flatMap((each) =>
    hiddenKeys(each, isHidden),
  );
  return isHidden ? [step.key, ...inner] : inner;
}

/** Blocks and bodies that pass on what a hidden step gives. A body with an `output` of its own says what it passes on. */
function carriersIn(step: Step, hidden: ReadonlySet<string>): readonly string[] {
  const found = bodiesOf(step).map(({ role, suffix, steps, output }) => {
    const inner = steps.flatMap((each) => carriersIn(each, hidden));
    const passesOn = output === undefined && steps.some(({ key }) => hidden.has(key) || inner.includes(key));
    return { key: step.key + suffix, role, inner, passesOn };
  });
  const passing = found.filter(({ passesOn }) => passesOn || hidden.has(step.key));
  const own = passing.some(({ role }) => role !== 'finally') ? [step.key] : [];
  return [...own, ...passing.map(({ key }) => key), ...found.flatMap(({ inner }) => inner)];
}

/** True for a step whose result is kept out of sight, whichever item or round it belongs to. */
export function isHiddenStep({ steps }: Hidden, key: string): boolean {
  return isAmong(steps, key);
}

/** True for a step, block or body whose result is not to be shown: it is, or holds, what is kept out of sight. */
export function isHiddenResult({ steps, carriers }: Hidden, key: string): boolean {
  return isAmong(steps, key) || isAmong(carriers, key);
}

function isAmong(keys: ReadonlySet<string>, key: string): boolean {
  if (keys.size === 0) return false;
  return keys.has(key) || (key.includes('[') && [...keys].some((declared) => isKeyOf(declared, key)));
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
    const value = valueIn(event);
    return value !== undefined && 'key' in event && isHiddenStep(hidden, event.key) ? [value] : [];
  });
}

/** What an event holds of the result of its step. */
function valueIn(event: RunEvent): Json | undefined {
  if (event.type === 'step.ended' || event.type === 'attention.resolved') return event.output;
  if (event.type === 'signal.received') return event.payload;
  return event.type === 'approval.voted' ? event.form : undefined;
}

/** Every text and number in a value, as texts: what a redactor looks for. */
export function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((item: Json) => textsIn(item));
}
