import { expect } from 'vitest';

const watched = new Set([
  'TCPSocketWrap',
  'TCPServerWrap',
  'TLSWrap',
  'ConnectWrap',
  'ProcessWrap',
  'Timeout',
  'Immediate',
]);

/** What keeps this process busy now: sockets, children and timers. */
export function activeResources(): readonly string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => watched.has(name))
    .toSorted();
}

/** Holds once no more sockets, children and timers are left than there were. */
export async function expectResourcesBackTo(before: readonly string[]): Promise<void> {
  await expect.poll(() => excessOver(before)).toEqual([]);
}

// The poll itself holds a timer.
function excessOver(before: readonly string[]): readonly string[] {
  const left = [...before, 'Timeout'];
  return activeResources().filter((name) => {
    const index = left.indexOf(name);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}
