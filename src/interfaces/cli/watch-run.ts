import type { ActiveRun, RunInfo, RunObserver, RunOutcome } from '../../app/active-run.ts';
import { describeRun } from '../../app/run-document.ts';
import type { RunDocument } from '../../app/run-document.ts';
import { RunnerError } from '../../model/errors.ts';
import type { RunEvent } from '../../model/events.ts';
import { applyEvent, emptyView, foldRun } from '../../model/run-view-fold.ts';
import type { RunView } from '../../model/run-view.ts';
import type { Asker } from './asking/asker.ts';
import type { RunWatcher } from './progress/watcher.ts';
import { catchSignals } from './signals.ts';
import type { Terminal } from './terminal/terminal.ts';

/** A run that has ended, or was left, with its picture. */
export interface WatchedRun {
  readonly document: RunDocument;
  readonly view: RunView;
  readonly info: RunInfo;
}

export interface WatchOptions {
  readonly terminal: Terminal;
  /** Absent: nothing is shown on the way. */
  readonly watcher?: RunWatcher;
  /** Absent: nobody is asked, and a run that waits for people is left. */
  readonly asker?: Asker | undefined;
  /** False for a single call, which leaves no run behind that could be continued. */
  readonly leavesRun?: boolean;
}

/**
 * Starts a run, shows it, and waits for its end. The first SIGINT cancels it and SIGTERM stops it gracefully; the
 * second signal exits at once.
 */
export async function watchRun(
  { terminal, watcher, asker, leavesRun = true }: WatchOptions,
  start: (observer: RunObserver) => Promise<ActiveRun>,
): Promise<WatchedRun> {
  const note = (line: string): void => (watcher ? watcher.note(line) : terminal.note(line));
  const signals = catchSignals(note, leavesRun);
  let view = emptyView();
  try {
    const run = await start({
      begins: (info) => {
        view = foldRun(info.history, info.workflow);
        watcher?.begins(info);
        asker?.begins(info);
      },
      events: (events: readonly RunEvent[]) => {
        for (const event of events) applyEvent(view, event);
        watcher?.events(events);
        asker?.events(events);
      },
      ...(asker && { idle: (idle) => asker.idle(idle) }),
      ...(watcher?.progress && { progress: (step, progress) => watcher.progress?.(step, progress) }),
    });
    signals.control(run);
    asker?.control(run);
    const outcome = await run.done.catch((error: unknown) => {
      if (leavesRun && !isTaken(error)) {
        note(`Run ${run.id} was left where its journal ends; continue it with: runner resume ${run.id}`);
      }
      throw error;
    });
    return { document: documentOf(run.info, view, outcome), view, info: run.info };
  } finally {
    signals.release();
    await asker?.ends();
    watcher?.ends();
  }
}

/** Another process has the run, and continues it. */
function isTaken(error: unknown): boolean {
  return error instanceof RunnerError && error.code === 'LEASE_LOST';
}

function documentOf(info: RunInfo, view: RunView, outcome: RunOutcome): RunDocument {
  const document = describeRun({ id: info.id, view, status: outcome.status, now: Date.now() });
  return { ...document, sandbox: info.sandbox };
}
