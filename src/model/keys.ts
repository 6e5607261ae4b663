/**
 * Everything that happens in a run has a readable, stable key made of its path in the workflow, never of a counter:
 * `restart`, `step_3`, `on_failure/step_1`, `restart/fallback[0]`; a poll of `until` is `recovered@2`,
 * an attempt `restart#1` or `recovered@2#1`.
 */
export function pollKey(step: string, poll: number): string {
  return `${step}@${poll}`;
}

export function attemptKey(call: string, attempt: number): string {
  return `${call}#${attempt}`;
}

export function alternativeKey(step: string, index: number): string {
  return `${step}/fallback[${index}]`;
}

/** The wait before the next attempt, or before the next poll. */
export function timerKey(key: string, reason: 'retry' | 'every'): string {
  return `${key}/${reason}`;
}

/** The key of the step that a poll, an attempt or a timer belongs to. */
export function stepKeyOf(key: string): string {
  return key.replace(/(?:@\d+)?(?:#\d+)?(?:\/(?:retry|every))?$/, '');
}

/** The key of the call that an attempt belongs to: `restart`, `recovered@2`. */
export function callKeyOf(attempt: string): string {
  return attempt.replace(/#\d+$/, '');
}

/** From 1; 0 where the key names no poll. */
export function pollNumber(key: string): number {
  return Number(/@(\d+)(?:#\d+)?$/.exec(key)?.[1] ?? 0);
}

/** From 1; 0 where the key names no attempt. */
export function attemptNumber(key: string): number {
  return Number(/#(\d+)$/.exec(key)?.[1] ?? 0);
}
