import { signalGroup } from '../process-group.ts';

const groups = new Set<number>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Has a process group killed when this process ends, however it ends short of kill -9.
 * @returns to be called once the group has ended
 */
export function endWithThisProcess(group: number): () => void {
  if (groups.size === 0) watch();
  groups.add(group);
  return () => {
    groups.delete(group);
    if (groups.size === 0) unwatch();
  };
}

function watch(): void {
  process.on('exit', killAll);
  for (const signal of signals) process.on(signal, onSignal);
}

function unwatch(): void {
  process.off('exit', killAll);
  for (const signal of signals) process.off(signal, onSignal);
}

function killAll(): void {
  for (const group of groups) signalGroup(group, 'SIGKILL');
}

/** Where nobody else listens, the signal still ends this process: to listen must not change that. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  killAll();
  unwatch();
  process.kill(process.pid, signal);
}
