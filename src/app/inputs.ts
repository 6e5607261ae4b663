import { RunnerError } from '../model/errors.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { InputProblem } from '../language/inputs.ts';
import type { InputSpec, Workflow } from '../model/workflow.ts';

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
      'value' in argument ? argument.value : parseInputArgument(specOf(workflow, argument.name), argument.text),
    ]),
  );
  const { inputs, problems } = await resolveInputs(workflow.inputs, values);
  if (inputs !== undefined) return inputs;
  throw inputError(problems);
}

/** Undefined for what is not declared, also where an object has something of that name by nature. */
function specOf({ inputs }: Workflow, name: string): InputSpec | undefined {
  return Object.hasOwn(inputs, name) ? inputs[name] : undefined;
}

/** A single problem has its remedy as the hint; each of several stands with its own. */
function inputError(problems: readonly InputProblem[]): RunnerError {
  const [first, ...others] = problems;
  const code = first?.code ?? 'INPUT_INVALID';
  if (others.length === 0) return new RunnerError(code, first?.message ?? '', hintOf(first));
  const lines = problems.map(({ message, hint }) => (hint === undefined ? message : `${message} ${hint}`));
  return new RunnerError(code, `${problems.length} inputs are wrong.\n${lines.map((line) => `- ${line}`).join('\n')}`);
}

function hintOf(problem: InputProblem | undefined): { readonly hint?: string } {
  return problem?.hint === undefined ? {} : { hint: problem.hint };
}
