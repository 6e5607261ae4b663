import type { Clock } from '../../src/engine/ports.ts';
import type { EpochMs } from '../../src/model/time.ts';

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves the time on and wakes what falls due, in order of due time, each at its own time. */
  advance(ms: number): Promise<void>;
  /** Moves the time to the next wait that is due; false when nobody waits. */
  advanceToNext(): Promise<boolean>;
  /** Number of waits that are not over. */
  readonly pending: number;
}

interface Wait {
  readonly due: EpochMs;
  readonly resolve: () => void;
}

/** @param start the time that the clock shows at first */
export function createManualClock(start: EpochMs = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start;
  const waits = new Set<Wait>();
  const next = (): Wait | undefined => {
    let earliest: Wait | undefined;
    for (const wait of waits) if (earliest === undefined || wait.due < earliest.due) earliest = wait;
    return earliest;
  };
  const wake = async (wait: Wait): Promise<void> => {
    now = Math.max(now, wait.due);
    waits.delete(wait);
    wait.resolve();
    await settle();
  };
  const wakeUpTo = async (end: EpochMs): Promise<void> => {
    for (let wait = next(); wait !== undefined && wait.due <= end; wait = next()) await wake(wait);
  };
  return {
    now: () => now,
    until: (due, signal) => addWait(waits, { due, isOver: () => due <= now }, signal),
    advance: async (ms) => {
      const end = now + ms;
      await settle();
      await wakeUpTo(end);
      now = end;
    },
    advanceToNext: async () => {
      await settle();
      const wait = next();
      if (wait !== undefined) await wake(wait);
      return wait !== undefined;
    },
    get pending() {
      return waits.size;
    },
  };
}

function addWait(
  waits: Set<Wait>,
  { due, isOver }: { readonly due: EpochMs; readonly isOver: () => boolean },
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    if (isOver()) return resolve();
    const abort = () => {
      waits.delete(wait);
      reject(signal.reason);
    };
    const wait: Wait = {
      due,
      resolve: () => {
        signal.removeEventListener('abort', abort);
        resolve();
      },
    };
    waits.add(wait);
    signal.addEventListener('abort', abort, { once: true });
  });
}

/** Lets everything run that can run without time passing, so that it can set its next wait. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
