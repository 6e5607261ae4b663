import { actionHash } from '../../engine/core/idempotency.ts';
import type { DoubtfulCall, RunEvent } from '../../model/events.ts';
import { callKeyOf, stepKeyOf } from '../../model/keys.ts';

/** The calls of a run that may have happened though it has no result of them, by call key. */
export function doubtfulCalls(events: readonly RunEvent[]): Readonly<Record<string, DoubtfulCall>> {
  const calls = new Map<string, DoubtfulCall>();
  const actions = new Map<string, string>();
  for (const event of events) {
    if (event.type === 'step.started' && event.action) actions.set(event.key, actionHash(event.action));
    if (event.type === 'attempt.intended' && event.effect !== 'read') {
      const action = actions.get(stepKeyOf(event.key));
      if (action !== undefined) calls.set(callKeyOf(event.key), { idempotencyKey: event.idempotencyKey, action });
    }
    if (isSettled(event)) calls.delete(callKeyOf(event.key));
  }
  return Object.fromEntries(calls);
}

type Settling = Extract<RunEvent, { type: 'attempt.ended' | 'attempt.verified' | 'attention.resolved' }>;

/** True for an event after which it is known whether a call has happened. */
function isSettled(event: RunEvent): event is Settling {
  if (event.type === 'attempt.ended') return event.fault?.outcome !== 'unknown';
  if (event.type === 'attempt.verified') return event.verdict !== 'unknown';
  return event.type === 'attention.resolved' && event.as !== 'retry';
}
