import type { Json, JsonObject } from '../../model/json.ts';
import { RunnerError } from '../../model/errors.ts';
import type { ChainStep, ChainStepObject } from './types.ts';

/** The key of a workflow file for each key of a chain's step. */
const fileKeys: Readonly<Record<keyof ChainStepObject, string>> = {
  id: 'id',
  tool: 'tool',
  params: 'params',
  effect: 'effect',
  retry: 'retry',
  timeout: 'timeout',
  cache: 'cache',
  continueOnError: 'continue_on_error',
};

/**
 * The steps of a chain as a workflow file would have them.
 * @throws RunnerError USAGE, naming the step
 */
export function fileSteps(steps: readonly ChainStep[]): readonly JsonObject[] {
  return steps.map((step, index) => (isTuple(step) ? fromTuple(step, index) : fromObject(step, index)));
}

function isTuple(step: ChainStep): step is Exclude<ChainStep, ChainStepObject> {
  return Array.isArray(step);
}

function fromTuple(step: Exclude<ChainStep, ChainStepObject>, index: number): JsonObject {
  const [server, tool, params = {}, ...rest]: readonly unknown[] = step;
  if (typeof server !== 'string' || typeof tool !== 'string' || rest.length > 0) {
    throw wrong(index, 'is none of [server, tool] and [server, tool, params]');
  }
  return { tool: `${server}/${tool}`, params: params as Json };
}

function fromObject(step: ChainStepObject, index: number): JsonObject {
  const given = Object.entries(step).filter(([, value]) => value !== undefined);
  for (const [key] of given) {
    if (!Object.hasOwn(fileKeys, key)) throw wrong(index, `has the key "${key}", which a chain does not know`);
  }
  return Object.fromEntries(given.map(([key, value]) => [fileKeys[key as keyof ChainStepObject], value as Json]));
}

function wrong(index: number, what: string): RunnerError {
  const known = Object.keys(fileKeys).join(', ');
  return new RunnerError('USAGE', `Step ${index + 1} of the chain ${what}.`, {
    hint: `Write ['server', 'tool', { … }], or an object with these keys: ${known}.`,
  });
}
