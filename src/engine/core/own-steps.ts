import type { Json } from '../../model/json.ts';
import type { FailStep, LogStep, ReturnStep, SetStep } from '../../model/workflow.ts';
import type { RunContext } from './context.ts';
import { evaluate } from './program.ts';
import type { Program } from './scheduler.ts';
import type { StepEnding } from './step-end.ts';

/** Runs a step that only decides or tells. */
export function* runOwnStep(context: RunContext, step: SetStep | LogStep | ReturnStep | FailStep): Program<StepEnding> {
  switch (step.kind) {
    case 'set':
      return { status: 'succeeded', output: yield* evaluate(context, step.values, 'set'), attempts: 1 };
    case 'log':
      return yield* runLog(context, step);
    case 'return':
      return { status: 'succeeded', output: yield* evaluate(context, step.value, 'return'), attempts: 1 };
    case 'fail': {
      const message = asText(yield* evaluate(context, step.message, 'fail'));
      return {
        status: 'failed',
        fault: { kind: step.code, message, outcome: 'failed', transient: false },
        attempts: 1,
      };
    }
  }
}

function* runLog(context: RunContext, step: LogStep): Program<StepEnding> {
  const text = asText(yield* evaluate(context, step.message, 'log'));
  context.emit({ type: 'log.written', at: context.now, key: step.key, level: step.level, text });
  return { status: 'succeeded', attempts: 1 };
}

/** Text as it stands, anything else as JSON. */
export function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
