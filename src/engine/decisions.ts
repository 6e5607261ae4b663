import type { Decision } from './core/operations.ts';

/** Two decisions as one; the operation is that of the last. */
export function joined(first: Decision, next: Decision): Decision {
  // Member by member: this is done several times for every call, and spreading objects is slow.
  return {
    operation: next.operation,
    end: next.end,
    phase: next.phase,
    events: both(first.events, next.events),
    executions: both(first.executions, next.executions),
    settled: both(first.settled, next.settled),
    costs: both(first.costs, next.costs),
    cacheChanges: both(first.cacheChanges, next.cacheChanges),
    stateChanges: both(first.stateChanges, next.stateChanges),
    aborts: both(first.aborts, next.aborts),
    settledRequests: both(first.settledRequests, next.settledRequests),
  };
}

function both<T>(first: readonly T[], next: readonly T[]): readonly T[] {
  if (first.length === 0) return next;
  return next.length === 0 ? first : [...first, ...next];
}

export function withoutChanges(decision: Decision): Decision {
  return { ...decision, cacheChanges: [] };
}

/** An intent says that the call may have been made; one that is not going to be made must not be recorded. */
export function withoutIntent(decision: Decision): Decision {
  const { events } = decision;
  if (events.at(-1)?.type !== 'attempt.intended') return decision;
  return { ...decision, operation: undefined, events: events.slice(0, -1) };
}

/** The part of a decision that was held back. */
export function onlyIntent({ events, operation, phase }: Decision): Decision {
  return {
    events: events.slice(-1),
    operation,
    end: undefined,
    executions: [],
    cacheChanges: [],
    settled: [],
    costs: [],
    stateChanges: [],
    aborts: [],
    settledRequests: [],
    phase,
  };
}
