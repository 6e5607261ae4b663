import { describe, expect, it, vi } from 'vitest';
import { createClock } from '../../../src/adapters/system/clock.ts';

const never = new AbortController().signal;

describe('the system clock', () => {
  it('tells whole milliseconds of the present', () => {
    const now = createClock().now();

    expect(Number.isInteger(now)).toBe(true);
    expect(Math.abs(now - Date.now())).toBeLessThan(1_000);
  });

  it('does not follow when the time of the system is set', () => {
    const clock = createClock();
    const before = clock.now();
    vi.spyOn(Date, 'now').mockReturnValue(0);

    expect(clock.now()).toBeGreaterThanOrEqual(before);
    vi.restoreAllMocks();
  });

  it('never wakes anybody early', async () => {
    const clock = createClock();
    for (let wait = 0; wait < 20; wait += 1) {
      const due = clock.now() + 3;

      await clock.until(due, never);

      expect(clock.now()).toBeGreaterThanOrEqual(due);
    }
  });

  it('wakes at once when the time has passed', async () => {
    const clock = createClock();

    await expect(clock.until(clock.now() - 1, never)).resolves.toBeUndefined();
  });

  it('stops waiting with the reason of the signal', async () => {
    const abort = new AbortController();
    const clock = createClock();
    const waiting = clock.until(clock.now() + 60_000, abort.signal);

    abort.abort(new Error('enough'));

    await expect(waiting).rejects.toThrow('enough');
  });

  it('does not begin to wait for a signal that has been given', async () => {
    const clock = createClock();

    await expect(clock.until(clock.now() + 60_000, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
  });

  it('goes on waiting beyond the longest timer of Node', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
    const clock = createClock();
    let woken = false;
    void clock.until(clock.now() + 30 * 86_400_000, never).then(() => (woken = true));

    vi.advanceTimersByTime(29 * 86_400_000);

    expect(vi.getTimerCount()).toBe(1);
    expect(woken).toBe(false);
    vi.advanceTimersByTime(86_400_000 + 1);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('holds ten thousand waits', async () => {
    const clock = createClock();
    const due = clock.now() + 20;

    await Promise.all(Array.from({ length: 10_000 }, () => clock.until(due, never)));

    expect(clock.now()).toBeGreaterThanOrEqual(due);
  });
});
