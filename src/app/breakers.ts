import type { Circuit } from '../model/circuits.ts';
import { isoTime } from './iso-time.ts';
import type { App } from './app.ts';
import { namespacedBreakers } from './namespaces.ts';

/** A circuit breaker as a document. */
export interface CircuitListing {
  readonly key: string;
  /** Where its targets are: the address of a bridge or server, `sandbox`; with the environment before it. */
  readonly place: string;
  /** `half_open`: the next call, and only that, is let through to try the target. */
  readonly state: 'closed' | 'open' | 'half_open';
  readonly since: string | null;
  /** Failures that count now, or that opened it. */
  readonly failures: number;
  /** When a call is let through to try it; null where it is closed, or open until somebody closes it. */
  readonly next_probe: string | null;
  readonly opened_by: string | null;
}

/** The circuits of the project that have something to say: closed ones, as long as failures of theirs are counted. */
export async function listBreakers(app: App): Promise<readonly CircuitListing[]> {
  const { breakers } = await app.stores.limits();
  const now = app.clock.now();
  return breakers.list().map(({ key, circuit }) => {
    const space = key.indexOf(' ');
    return describe({ key: key.slice(space + 1), place: key.slice(0, space) }, circuit, now);
  });
}

/**
 * Opens a circuit by hand: calls are refused from the next one on, in every process.
 * @param forMs then one call is let through to try it; absent: it stays open until it is closed
 */
export async function openBreaker(
  app: App,
  key: string,
  { by, forMs }: { readonly by: string; readonly forMs: number | undefined },
): Promise<void> {
  const since = app.clock.now();
  const until = forMs === undefined ? {} : { until: since + forMs };
  const breakers = namespacedBreakers((await app.stores.limits()).breakers, app.configuration);
  breakers.update(key, () => ({ state: 'open', since, failures: 0, by, ...until }));
}

/** Closes a circuit and forgets its failures. @returns false where nothing was known of it */
export async function closeBreaker(app: App, key: string): Promise<boolean> {
  const breakers = namespacedBreakers((await app.stores.limits()).breakers, app.configuration);
  if (breakers.load(key) === undefined) return false;
  breakers.update(key, () => undefined);
  return true;
}

function describe(
  { key, place }: Pick<CircuitListing, 'key' | 'place'>,
  circuit: Circuit,
  now: number,
): CircuitListing {
  if (circuit.state === 'closed') {
    const inSlices = (circuit.slices ?? []).reduce((sum, { failures }) => sum + failures, 0);
    const failures = Math.max(circuit.failures.length, circuit.inARow ?? 0, inSlices);
    return { key, place, state: 'closed', since: null, failures, next_probe: null, opened_by: null };
  }
  const { since, until, failures, by } = circuit;
  return {
    key,
    place,
    state: until !== undefined && until <= now ? 'half_open' : 'open',
    since: isoTime(since),
    failures,
    next_probe: until === undefined ? null : isoTime(until),
    opened_by: by ?? null,
  };
}
