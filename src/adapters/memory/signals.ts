import { maxStoredBytes, payloadText } from '../../model/payload.ts';
import { signalKeptMs, type NewSignal, type Signal } from '../../model/requests.ts';
import type { EpochMs } from '../../model/time.ts';
import type { StoredRun } from './stored-run.ts';

interface KeptSignal {
  readonly signal: Signal;
  /** The outermost run above the one that it is for. */
  readonly root: string | undefined;
  readonly expiresAt: EpochMs;
}

/** Signals that are kept in memory. */
export class MemorySignals {
  last = 0;
  #kept: KeptSignal[] = [];

  /** @throws RunnerError PAYLOAD_TOO_LARGE */
  send({ name, payload, by, run, keepMs = signalKeptMs }: NewSignal, root: string | undefined, at: EpochMs): number {
    const copied = JSON.parse(payloadText(`The event "${name}"`, payload, maxStoredBytes)) as Signal['payload'];
    this.last += 1;
    const signal = { n: this.last, name, payload: copied, at, by, ...(run !== undefined && { run }) };
    this.#kept.push({ signal, root, expiresAt: at + keepMs });
    return signal.n;
  }

  /** Whether there is one that an outermost run, or one below it, has not seen. */
  has({ record }: StoredRun, name: string, seen: number): boolean {
    return this.#kept.some(
      ({ signal, root }) => signal.name === name && signal.n > seen && (root === undefined || root === record.id),
    );
  }

  /** @param outermost the outermost run above it: what it has not seen since it was parked is kept for it */
  of(
    name: string,
    { run, outermost }: { readonly run: StoredRun; readonly outermost: StoredRun },
    now: EpochMs,
  ): readonly Signal[] {
    const heldAfter = outermost.seen.get(name) ?? Number.POSITIVE_INFINITY;
    return this.#kept
      .filter(({ signal, expiresAt }) => signal.name === name && (expiresAt > now || signal.n > heldAfter))
      .map(({ signal }) => signal)
      .filter((signal) => signal.run === undefined || [run.record.id, run.record.root].includes(signal.run));
  }
}
