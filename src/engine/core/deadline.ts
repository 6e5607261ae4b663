import type { EpochMs } from '../../model/time.ts';
import type { RunContext } from './context.ts';
import { Group } from './group.ts';
import { perform } from './program.ts';
import type { Program } from './scheduler.ts';

/**
 * Runs a program that must end in time; where it does not, it is cancelled, brought to its end, and was `late`.
 * @param limit `key` of what has the deadline; it stands in the journal, so that the time goes on over restarts
 */
export function* withDeadline<Result>(
  context: RunContext,
  { key, deadline }: { readonly key: string; readonly deadline: EpochMs | undefined },
  program: (frame: RunContext) => Program<Result>,
): Program<Result | 'late'> {
  if (deadline === undefined) return yield* program(context);
  const inside = context.within();
  // Nothing new begins where the time ran out while no process carried the run.
  const wasLate = context.now >= deadline && !context.cancelled;
  if (wasLate) inside.cancel('Its time was over.');
  const watch = context.within();
  const group = new Group<{ readonly result: Result } | 'over'>(context.run.scheduler);
  group.start(carry(inside, program));
  group.start(waitUntil(watch, `${key}/timeout`, deadline));
  const first = yield* group.next();
  const isLate = wasLate || (first === 'over' && !context.cancelled);
  if (isLate) inside.cancel('Its time was over.');
  watch.cancel('What it watched has ended.');
  const second = yield* group.next();
  if (isLate) return 'late';
  const ended = first === 'over' ? second : first;
  if (ended === 'over') throw new TypeError('A program ended without a result.');
  return ended.result;
}

function* carry<Result>(
  frame: RunContext,
  program: (frame: RunContext) => Program<Result>,
): Program<{ readonly result: Result }> {
  return { result: yield* program(frame) };
}

function* waitUntil(frame: RunContext, key: string, due: EpochMs): Program<'over'> {
  yield* perform(frame, { kind: 'timer', key, due });
  return 'over';
}
