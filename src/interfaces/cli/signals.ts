import { userName } from '../../app/user-name.ts';
import { exitCodes } from './exit-codes.ts';

/** What signals act on. */
interface Controllable {
  readonly id: string;
  cancel(by: string): void;
  stop(): void;
}

export interface SignalWatch {
  /** From now on signals act on this run; one that came before acts at once. */
  control(run: Controllable): void;
  release(): void;
}

/**
 * Catches SIGINT (cancels the run) and SIGTERM and SIGHUP (stop it so that it can be resumed); a second signal ends
 * the process at once, since the journal needs no farewell.
 * @param leavesRun whether what is left then can be continued
 */
export function catchSignals(note: (line: string) => void, leavesRun: boolean): SignalWatch {
  const controlled: Controllable[] = [];
  let caught: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | undefined;
  const act = (run: Controllable): void => {
    if (caught === 'SIGINT') run.cancel(`SIGINT (${userName()})`);
    else if (caught !== undefined) run.stop();
  };
  const onSignal = (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void => {
    if (caught !== undefined) {
      if (leavesRun) for (const { id } of controlled) note(`Left at once; continue it with: runner resume ${id}`);
      process.exit(signal === 'SIGINT' ? exitCodes.cancelled : exitCodes.terminated);
    }
    caught = signal;
    note(
      signal === 'SIGINT'
        ? 'Cancelling; press Ctrl-C again to leave at once.'
        : `${signal}: stopping when the calls in flight have ended; a second signal leaves at once.`,
    );
    controlled.forEach(act);
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, onSignal);
  return {
    control: (run) => {
      controlled.push(run);
      act(run);
    },
    release: () => {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
