import { setMaxListeners } from 'node:events';
import { uptime } from 'node:os';
import type { Clock } from '../../engine/ports.ts';
import type { EpochMs } from '../../model/time.ts';

/** A timer of Node for more than 2³¹ ms fires at once; a shorter one also notices sooner that the machine slept. */
const longestTimerMs = 60_000;
const suspendCheckMs = 1_000;
const suspendToleranceMs = 500;

/**
 * A clock that takes the wall time once and then follows the monotonic clock: setting the system's time neither
 * shortens nor lengthens a wait. Time that the machine was suspended counts as passed.
 */
export function createClock(): Clock {
  const now = monotonicNow();
  return {
    now,
    until: (due, signal) =>
      new Promise((resolve, reject) => {
        waitUntil(due, now, { signal, resolve, reject });
      }),
  };
}

interface Waiter {
  readonly signal: AbortSignal;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

function waitUntil(due: EpochMs, now: () => EpochMs, { signal, resolve, reject }: Waiter): void {
  if (signal.aborted) return reject(signal.reason);
  let timer: NodeJS.Timeout | undefined;
  const abort = () => {
    clearTimeout(timer);
    reject(signal.reason);
  };
  const wait = () => {
    const remainingMs = due - now();
    if (remainingMs > 0) {
      timer = setTimeout(wait, Math.min(remainingMs, longestTimerMs));
      return;
    }
    signal.removeEventListener('abort', abort);
    resolve();
  };
  // Any number of waits may share a signal: without this Node warns at the eleventh.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', abort, { once: true });
  wait();
}

/** Whole milliseconds since 1970, never going back. */
function monotonicNow(): () => EpochMs {
  const anchor = Date.now() - performance.now();
  const uptimeAnchor = uptimeMs();
  let suspendedMs = 0;
  let checkedAt = performance.now();
  return () => {
    const sinceStart = performance.now();
    if (sinceStart - checkedAt >= suspendCheckMs) {
      checkedAt = sinceStart;
      suspendedMs = Math.max(suspendedMs, suspension(uptimeMs() - uptimeAnchor));
    }
    return Math.floor(anchor + sinceStart + suspendedMs);
  };
}

/** The uptime counts the time asleep and `performance.now()` does not: their difference is that time. */
function suspension(beyondAnchorMs: number): number {
  return beyondAnchorMs > suspendToleranceMs ? beyondAnchorMs : 0;
}

function uptimeMs(): number {
  return uptime() * 1_000 - performance.now();
}
