import { setMaxListeners } from 'node:events';
import type { EpochMs } from '../../model/time.ts';
import type { Clock } from '../ports.ts';

/** How soon a slot that another process gave back is noticed. */
const lookAgainMs = 25;

/** A call that waits for a slot. */
interface Waiter {
  /** When it asked first, counted from 1: the order in which slots are given. */
  readonly number: number;
  wake: () => void;
}

/**
 * The calls of this process that wait for slots, by key, in the order in which they came. Only the first of a line asks
 * for a slot: when one is given back here it is woken at once, and it looks now and then for those of other processes.
 */
export class SlotLines {
  private readonly clock: Clock;
  private readonly lines = new Map<string, Waiter[]>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** True when somebody who came before waits for this slot. */
  hasOthersBefore(key: string, number: number): boolean {
    const first = this.lines.get(key)?.[0];
    return first !== undefined && first.number < number;
  }

  /** Takes a place; {@link leave} gives it up. */
  join(key: string, number: number): void {
    const line = this.lines.get(key) ?? [];
    if (line.some((waiter) => waiter.number === number)) return;
    const waiter: Waiter = { number, wake: () => undefined };
    this.lines.set(
      key,
      [...line, waiter].toSorted((a, b) => a.number - b.number),
    );
  }

  leave(key: string, number: number): void {
    const line = this.lines.get(key)?.filter((waiter) => waiter.number !== number) ?? [];
    if (line.length === 0) this.lines.delete(key);
    else this.lines.set(key, line);
    this.wakeFirst(key);
  }

  /** A slot has become free. */
  wakeFirst(key: string): void {
    this.lines.get(key)?.[0]?.wake();
  }

  /** Resolves when it is worth to ask again, at `deadline` at the latest, or when the signal aborts. */
  async worthAsking(key: string, number: number, limits: WaitLimits): Promise<void> {
    for (;;) {
      const isFirst = !this.hasOthersBefore(key, number);
      const { deadline = Number.POSITIVE_INFINITY } = limits;
      const due = isFirst ? Math.min(deadline, this.clock.now() + lookAgainMs) : deadline;
      await this.pause(key, number, { due, signal: limits.signal });
      const isOver = limits.signal.aborted || this.clock.now() >= deadline;
      if (isOver || !this.hasOthersBefore(key, number)) return;
    }
  }

  private async pause(
    key: string,
    number: number,
    { due, signal }: { readonly due: EpochMs; readonly signal: AbortSignal },
  ): Promise<void> {
    const waiter = this.lines.get(key)?.find((each) => each.number === number);
    const over = new AbortController();
    const end = (): void => over.abort();
    if (signal.aborted || waiter === undefined) return;
    waiter.wake = end;
    setMaxListeners(0, signal);
    signal.addEventListener('abort', end, { once: true, signal: over.signal });
    try {
      await (Number.isFinite(due) ? this.clock.until(due, over.signal).catch(() => undefined) : aborted(over.signal));
    } finally {
      over.abort();
    }
  }
}

export interface WaitLimits {
  readonly deadline?: EpochMs;
  readonly signal: AbortSignal;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
