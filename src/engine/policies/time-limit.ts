/**
 * Does something under a signal that aborts when `outer` does, and after `limitMs` (at most 2³¹ − 1). Waits for it to end
 * in both cases. Nothing is left behind: neither timer nor listener, and the signal of what has ended never aborts.
 */
export async function withTimeLimit<T>(
  limitMs: number,
  outer: AbortSignal,
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  const abort = (): void => inner.abort();
  // A call takes real time whatever clock its run follows.
  const timer = setTimeout(abort, limitMs);
  if (outer.aborted) abort();
  outer.addEventListener('abort', abort);
  try {
    return await action(inner.signal);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', abort);
  }
}
