import { isJsonObject } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import type { Value } from '../../model/values.ts';
import type { InputSpec } from '../../model/workflow.ts';
import type { ChildCall } from '../compile/loading.ts';
import type { Findings, Place } from '../findings.ts';
import { resolveInputs } from '../inputs.ts';
import type { InputProblem } from '../inputs.ts';
import { child, keyPlace } from '../yaml/tree.ts';

type Specs = Readonly<Record<string, InputSpec>>;

/** Holds what a step gives a child workflow against what that takes. What is computed is left to the run. */
export async function checkChildInputs(call: ChildCall, specs: Specs, findings: Findings): Promise<void> {
  const given = givenBy(call.inputs);
  if (given === undefined) return;
  const written: [string, Json][] = [];
  for (const [name, value] of given) {
    if (value !== undefined) written.push([name, value]);
    else if (!Object.hasOwn(specs, name)) written.push([name, null]);
  }
  const isComputed = (name: string): boolean => given.has(name) && given.get(name) === undefined;
  const rest = Object.entries(specs).filter(([name]) => !isComputed(name));
  const { problems } = await resolveInputs(Object.fromEntries(rest), Object.fromEntries(written));
  for (const problem of problems) report(problem, { call, specs, findings });
}

/** Values by name, undefined where one is computed; undefined where all of them are. */
function givenBy(inputs: Value): ReadonlyMap<string, Json | undefined> | undefined {
  if (inputs.kind === 'object') {
    return new Map(inputs.entries.map(([name, each]) => [name, each.kind === 'literal' ? each.value : undefined]));
  }
  return inputs.kind === 'literal' && isJsonObject(inputs.value) ? new Map(Object.entries(inputs.value)) : undefined;
}

function report(
  { input, code, message, hint }: InputProblem,
  { call, specs, findings }: { readonly call: ChildCall; readonly specs: Specs; readonly findings: Findings },
): void {
  const told = `\`${call.workflow}\`: ${message}`;
  if (code !== 'INPUT_MISSING') return findings.error(code, placeOf(input, call), told, hint);
  const { description } = specs[input] ?? {};
  const way = `Add \`${input}\` under \`inputs\` of this step`;
  findings.error(code, placeOf(input, call), told, `${way}${description === undefined ? '' : `: ${description}`}.`);
}

function placeOf(input: string, { step }: ChildCall): Place {
  const inputs = child(step, 'inputs');
  if (inputs?.kind === 'map' && inputs.entries.has(input)) return keyPlace(inputs, input);
  return keyPlace(step, inputs === undefined ? 'workflow' : 'inputs');
}
