import { callKeyOf } from './keys.ts';
import type { EpochMs } from './time.ts';

/**
 * How long the attempts of calls have waited for limits: from asking to the answer, also where the process died
 * meanwhile and another one asked again.
 */
export class LimitWaits {
  private readonly since: Map<string, EpochMs>;
  private readonly waitedMs: Map<string, number>;

  /** @param before is copied */
  constructor(before?: LimitWaits) {
    this.since = new Map(before?.since);
    this.waitedMs = new Map(before?.waitedMs);
  }

  /** @param attempt its key; one that waits already goes on waiting */
  begin(attempt: string, at: EpochMs): void {
    if (!this.since.has(attempt)) this.since.set(attempt, at);
  }

  /** Of an attempt that does not wait this says nothing. */
  end(attempt: string, at: EpochMs): void {
    const since = this.since.get(attempt);
    if (since === undefined) return;
    this.since.delete(attempt);
    const call = callKeyOf(attempt);
    this.waitedMs.set(call, this.of(call) + Math.max(0, at - since));
  }

  /** The body that a call or an attempt belongs to is over. */
  forget(key: string): void {
    this.since.delete(key);
    this.waitedMs.delete(key);
  }

  /** In milliseconds. @param call `path`, or `path@poll` under `until` */
  of(call: string): number {
    return this.waitedMs.get(call) ?? 0;
  }
}
