import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { withTimeLimit } from '../../src/engine/policies/time-limit.ts';

/** Ends as soon as it is told to. */
function untilAborted(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    signal.addEventListener('abort', () => resolve('aborted'));
  });
}

describe('a time limit', () => {
  it('aborts what takes longer, and waits for its end', async () => {
    expect(await withTimeLimit(1, new AbortController().signal, untilAborted)).toBe('aborted');
  });

  it('aborts when the signal around it does, or has done before', async () => {
    const outer = new AbortController();
    const ended = withTimeLimit(2 ** 31 - 1, outer.signal, untilAborted);
    outer.abort();

    expect(await ended).toBe('aborted');
    expect(await withTimeLimit(2 ** 31 - 1, outer.signal, untilAborted)).toBe('aborted');
  });

  it('leaves no listener behind, and no signal that aborts later', async () => {
    const outer = new AbortController();
    const inner = await withTimeLimit(2 ** 31 - 1, outer.signal, (signal) => Promise.resolve(signal));
    const failed = withTimeLimit(2 ** 31 - 1, outer.signal, () => Promise.reject(new Error('broken')));

    await expect(failed).rejects.toThrow('broken');
    expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
    outer.abort();
    expect(inner.aborted).toBe(false);
  });
});
