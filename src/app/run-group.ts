import { RunnerError } from '../model/errors.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { keptSpace } from '../model/requests.ts';
import type { RunGroup } from '../model/run-records.ts';
import type { Workflow } from '../model/workflow.ts';
import type { App } from './app.ts';
import { spaceOf } from './namespaces.ts';

/**
 * The runs that a run counts together with, as `runs` of its workflow says; undefined where nothing does.
 * @throws RunnerError INPUT_INVALID where the key cannot be made of the inputs
 */
export async function groupOf(app: App, workflow: Workflow, inputs: JsonObject): Promise<RunGroup | undefined> {
  const { runs, name } = workflow;
  if (!runs) return undefined;
  const { evaluateValue } = await import('../language/expressions/evaluate.ts');
  const now = app.clock.now();
  const env = app.configuration.env;
  const read = (slot: string): Json | undefined => {
    if (slot === 'inputs') return inputs;
    return slot === 'env' ? env : inputs[slot.slice('input:'.length)];
  };
  const written = runs.key;
  const scope = { read, now, random: () => 0 };
  const key = written && (await keyFrom(() => evaluateValue(written, scope, 'runs.key')));
  const own = key === undefined ? name : `${name}/${typeof key === 'string' ? key : JSON.stringify(key)}`;
  // The sandbox and each environment count for themselves.
  return { key: keptSpace(spaceOf(app.configuration), own), limit: runs.limit, onConflict: runs.onConflict };
}

async function keyFrom(evaluate: () => Json | Promise<Json>): Promise<Json> {
  try {
    return await evaluate();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'EvaluationError') throw error;
    throw new RunnerError('INPUT_INVALID', `${error.message}.`, {
      hint: 'Runs are counted by this key, so the inputs must give it a value.',
    });
  }
}
