import type { ActiveRun, RunObserver } from '../../app/active-run.ts';
import { describeRun } from '../../app/run-document.ts';
import type { RunDocument } from '../../app/run-document.ts';
import type { Json } from '../../model/json.ts';
import { applyEvent, emptyView } from '../../model/run-view-fold.ts';
import type { RunView } from '../../model/run-view.ts';
import { hiddenValues } from '../../model/sensitive.ts';
import type { CancelSignal, ProgressHandler } from './types.ts';

/** A run that has ended, or was left. */
export interface FollowedRun {
  readonly document: RunDocument;
  readonly view: RunView;
  /** Its sensitive values and those of runs that it started, which its output may hold as well. */
  readonly hidden: readonly Json[];
}

export interface FollowOptions {
  readonly signal?: CancelSignal | undefined;
  readonly onProgress?: ProgressHandler | undefined;
}

/**
 * Starts a run and follows it to its end.
 * @param options.signal cancels it
 * @throws the signal's reason when it had aborted before anything began
 */
export async function follow(
  start: (observer: RunObserver) => Promise<ActiveRun>,
  { signal, onProgress }: FollowOptions,
): Promise<FollowedRun> {
  if (signal?.aborted) throw signal.reason;
  let view = emptyView();
  const hidden: Json[] = [];
  const run = await start({
    begins: ({ workflow }) => {
      view = emptyView(workflow);
    },
    events: (events) => {
      for (const event of events) applyEvent(view, event);
      hidden.push(...hiddenValues(events, view.hidden));
    },
    ...(onProgress && { progress: tolerant(onProgress) }),
  });
  const cancel = (): void => run.cancel('the program');
  signal?.addEventListener('abort', cancel);
  // It may have aborted while the run began.
  if (signal?.aborted) cancel();
  try {
    const { status } = await run.done;
    const document = describeRun({ id: run.id, view, status, now: Date.now() });
    return { document: { ...document, sandbox: run.info.sandbox }, view, hidden: [...hidden, ...run.hidden()] };
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

/** A program's mistake in showing progress must not end the call that it shows. */
function tolerant(handler: ProgressHandler): NonNullable<RunObserver['progress']> {
  return (step, progress) => {
    try {
      handler({ step, ...progress });
    } catch {
      // Its author was promised that nothing comes of it.
    }
  };
}
