import { stepKeyOf } from '../../src/model/keys.ts';
import { eventsOf, type Evidence, type RecordedRun } from './evidence.ts';

/** An interrupted call that waits for a person, and what the person finds at the far side. */
export interface Question {
  readonly run: string;
  readonly step: string;
  /** The result of the call, when its effect is there. */
  readonly happened?: object;
}

/** What runs in `needs_attention` ask, answered from the far side's log by the key of the call. */
export function openQuestions({ runs, effects }: Evidence): readonly Question[] {
  return runs
    .filter(({ status }) => status === 'needs_attention')
    .flatMap((run) => openAttentions(run).flatMap((key) => questionOf(run, key, effects)));
}

function questionOf(run: RecordedRun, key: string, effects: Evidence['effects']): readonly Question[] {
  const identity = eventsOf(run, 'attempt.intended').findLast((event) => event.key === key)?.idempotencyKey;
  if (identity === undefined) return [];
  const effect = effects.find((candidate) => candidate.key === identity && candidate.type === 'effect');
  const happened = effect && { happened: { effect: effect.effect, ...effect.params } };
  return [{ run: run.id, step: stepKeyOf(key), ...happened }];
}

/** Keys of the attempts that it asks about: several where calls were made at once. */
function openAttentions(run: RecordedRun): readonly string[] {
  const raised = new Set(eventsOf(run, 'attention.raised').map(({ key }) => key));
  return [...raised].filter(
    (key) => run.events.findLast((event) => 'key' in event && event.key === key)?.type === 'attention.raised',
  );
}
