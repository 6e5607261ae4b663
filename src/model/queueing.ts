import { RunnerError } from './errors.ts';
import type { RunGroup } from './run-records.ts';

/** So many runs of one workflow may wait in the queue. */
export const maxQueued = 10_000;

export function queueFull(workflow: string): RunnerError {
  return new RunnerError('QUEUE_FULL', `${maxQueued} runs of "${workflow}" wait in the queue already.`, {
    hint: 'Let them be worked off with: runner work, or cancel those that nobody needs.',
  });
}

/** @param inTheWay the open runs of the group, oldest first; at least one */
export function runConflict(run: string, group: RunGroup, inTheWay: readonly string[]): RunnerError {
  const [first = ''] = inTheWay;
  const more = inTheWay.length > 1 ? ` and ${inTheWay.length - 1} more` : '';
  const limit = group.limit === 1 ? 'one run' : `${group.limit} runs`;
  return new RunnerError(
    'RUN_CONFLICT',
    `Run ${run} cannot go on: "${group.key}" lets ${limit} go on at once, and ${first}${more} came before.`,
    { hint: `Wait for it, or ask it to stop with: runner cancel ${first}` },
  );
}

/** An open run of a group, as it stands to one that is new. */
export interface GroupMember {
  readonly id: string;
  readonly isQueued: boolean;
  /** Somebody has asked it to end. */
  readonly isCancelled: boolean;
}

export interface Admission {
  readonly hasRoom: boolean;
  /** Those that came before, where that matters. */
  readonly behind: readonly string[];
  /** Those that are to be asked to end. */
  readonly toCancel: readonly string[];
}

/**
 * Whether a new run of a group may begin. With `cancel_running` the oldest are asked to end, queued ones too, so that
 * with the new one no more than `limit` are left.
 * @param open the open runs of the group, oldest first
 * @throws RunnerError RUN_CONFLICT where the group says `reject`, and queued ones count too: they come first
 */
export function admit(run: string, group: RunGroup, open: readonly GroupMember[]): Admission {
  const underWay = open.filter(({ isQueued }) => !isQueued);
  const hasRoom = underWay.length < group.limit;
  if (group.onConflict === 'reject' && open.length >= group.limit) throw runConflict(run, group, open.map(idOf));
  const staying = open.filter(({ isCancelled }) => !isCancelled);
  const tooMany = group.onConflict === 'cancel_running' ? Math.max(0, staying.length - group.limit + 1) : 0;
  return {
    hasRoom,
    behind: hasRoom ? [] : underWay.map(idOf),
    toCancel: staying.slice(0, tooMany).map(idOf),
  };
}

function idOf({ id }: GroupMember): string {
  return id;
}
