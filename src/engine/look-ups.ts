import type { CacheChange, CacheOperation } from './core/operations.ts';
import type { Awaitable, CacheHit, CacheStore, Clock } from './ports.ts';
import type { Flights } from './single-flight.ts';

export interface LookUpParts {
  readonly cache: CacheStore;
  /** Shared by all runs of the process. */
  readonly flights: Flights;
  readonly clock: Clock;
}

/** What one run asks of the cache and tells it. */
export class LookUps {
  private readonly parts: LookUpParts;

  constructor(parts: LookUpParts) {
    this.parts = parts;
  }

  /**
   * What the cache knows. Where an equal call is under way in this process, its end is waited for, as long as the
   * operation has patience; a call that failed there is no answer, and each that waited makes its own.
   * @returns a promise only where something must be waited for
   */
  lookUp(operation: CacheOperation, signal: AbortSignal): Awaitable<CacheHit | undefined> {
    const { address, want } = operation;
    const { cache, clock } = this.parts;
    if (!cache.serves(address)) return undefined;
    if (want.kind === 'last_good') return cache.get(address, clock.now(), want.staleMs);
    const hit = cache.get(address, clock.now());
    if (hit instanceof Promise) return hit.then((known) => known ?? this.join(operation, signal));
    return hit ?? this.join(operation, signal);
  }

  change(change: CacheChange): void {
    const { cache, flights } = this.parts;
    switch (change.kind) {
      case 'put':
        cache.put(change.entry);
        return flights.land(change.entry.key, this);
      case 'forgo':
        return flights.land(change.key, this);
      case 'drop':
        cache.dropServer(change.server, change.at);
        return flights.overtake(change.server);
    }
  }

  /** Nobody waits for this run any longer. */
  end(): void {
    this.parts.flights.landAll(this);
  }

  private join({ address, want }: CacheOperation, signal: AbortSignal): Awaitable<CacheHit | undefined> {
    // Who waits looks into the cache afterwards, so there is nothing to wait for where the cache is of no use.
    if (signal.aborted || want.kind !== 'fresh' || !this.parts.cache.serves(address)) return undefined;
    const landed = this.parts.flights.join(address.key, address.server, this);
    if (landed === undefined) return undefined;
    return this.wait(landed, want.patienceMs, signal).then((isOver) =>
      isOver ? this.parts.cache.get(address, this.parts.clock.now()) : undefined,
    );
  }

  /** False when the patience or the run was over first. */
  private async wait(landed: Promise<void>, patienceMs: number, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.parts;
    const over = new AbortController();
    const impatient = clock.until(clock.now() + patienceMs, AbortSignal.any([signal, over.signal])).then(
      () => false,
      () => false,
    );
    const isOver = await Promise.race([landed.then(() => true), impatient]);
    over.abort();
    return isOver;
  }
}
