import { RunnerError } from '../model/errors.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Workflow } from '../model/workflow.ts';

/** One input as a person gives it: as text, to be read by the declared type, or as a value. */
export type InputArgument =
  { readonly name: string; readonly text: string } | { readonly name: string; readonly value: Json };

/**
 * The inputs of a run, checked and with defaults. A later argument of the same name wins.
 * @throws RunnerError INPUT_UNKNOWN, INPUT_MISSING, INPUT_INVALID, naming every problem at once
 */
export async function readInputs(workflow: Workflow, given: readonly InputArgument[]): Promise<JsonObject> {
  const { parseInputArgument, resolveInputs } = await import('../language/inputs.ts');
  const values = Object.fromEntries(
    given.map((argument) => [
      argument.name,
      'value' in argument ? argument.value : parseInputArgument(workflow.inputs[argument.name], argument.text),
    ]),
  );
  const { inputs, problems } = await resolveInputs(workflow.inputs, values);
  const [first] = problems;
  if (first === undefined && inputs !== undefined) return inputs;
  const message = problems.map((problem) => problem.message).join('\n');
  const hints = problems.flatMap(({ hint }) => (hint === undefined ? [] : [hint]));
  const help = hints.length === 0 ? {} : { hint: hints.join('\n') };
  throw new RunnerError(first?.code ?? 'INPUT_INVALID', message, help);
}
