import type { Decision } from './core/operations.ts';

/** Two decisions as one; the operation is that of the last. */
export function joined(first: Decision, next: Decision): Decision {
  return {
    ...next,
    events: [...first.events, ...next.events],
    executions: [...first.executions, ...next.executions],
    settled: [...first.settled, ...next.settled],
    costs: [...first.costs, ...next.costs],
    cacheChanges: [...first.cacheChanges, ...next.cacheChanges],
    stateChanges: [...first.stateChanges, ...next.stateChanges],
    aborts: [...first.aborts, ...next.aborts],
    settledRequests: [...(first.settledRequests ?? []), ...(next.settledRequests ?? [])],
  };
}

export function withoutChanges(decision: Decision): Decision {
  return { ...decision, cacheChanges: [] };
}

/** An intent says that the call may have been made; one that is not going to be made must not be recorded. */
export function withoutIntent(decision: Decision): Decision {
  const { events, operation: _, ...rest } = decision;
  return events.at(-1)?.type === 'attempt.intended' ? { ...rest, events: events.slice(0, -1) } : decision;
}

/** The part of a decision that was held back. */
export function onlyIntent({ events, operation, phase }: Decision): Decision {
  return {
    events: events.slice(-1),
    ...(operation ? { operation } : {}),
    executions: [],
    cacheChanges: [],
    settled: [],
    costs: [],
    stateChanges: [],
    aborts: [],
    phase,
  };
}
