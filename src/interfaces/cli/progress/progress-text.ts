import type { CallProgress } from '../../../app/active-run.ts';

/** `3 of 10, copying`: what a far side said of a call under way. */
export function progressText({ progress, total, message }: CallProgress): string {
  const count = total === undefined ? rounded(progress) : `${rounded(progress)} of ${rounded(total)}`;
  return message === undefined || message === '' ? count : `${count}, ${message}`;
}

function rounded(count: number): string {
  return String(Math.round(count * 100) / 100);
}

/** A step says how far its call has come no more often than this. */
const noteEveryMs = 10_000;

/** Passes progress on as lines at a low rate, however often a far side tells of it. */
export function createProgressNotes(
  note: (step: string, text: string) => void,
  now: () => number = Date.now,
): (step: string, progress: CallProgress) => void {
  const notedAt = new Map<string, number>();
  return (step, progress) => {
    const last = notedAt.get(step);
    if (last !== undefined && now() - last < noteEveryMs) return;
    notedAt.set(step, now());
    note(step, progressText(progress));
  };
}
