import type { RunWatcher } from '../progress/watcher.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { Asker } from './asker.ts';

/** Who asks the person at the terminal for what a run needs; undefined where there is nobody to ask. */
export async function createAsker(terminal: Terminal, watcher: RunWatcher): Promise<Asker | undefined> {
  if (!terminal.asks) return undefined;
  const { Asker } = await import('./asker.ts');
  return new Asker(terminal, watcher);
}
