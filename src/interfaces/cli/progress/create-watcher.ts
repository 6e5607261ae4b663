import type { Terminal } from '../terminal/terminal.ts';
import type { RunWatcher } from './watcher.ts';

/** The picture that fits the terminal: redrawn in place, or plain lines. */
export async function createWatcher(terminal: Terminal): Promise<RunWatcher> {
  if (terminal.live) {
    const { LiveProgress } = await import('./live-progress.ts');
    return new LiveProgress(terminal);
  }
  const { createPlainProgress } = await import('./plain-progress.ts');
  return createPlainProgress(terminal);
}
