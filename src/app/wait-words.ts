import { dueOf } from '../model/run-view-waits.ts';
import type { RunWait } from '../model/run-view-waits.ts';
import { formatDuration, formatTime } from '../model/time.ts';
import type { EpochMs } from '../model/time.ts';

/** What is waited for, and until when: `for event payment.settled, until 2026-11-22 18:00:00 UTC (in 1h 20m)`. */
export function waitText(wait: RunWait['wait'], now: EpochMs): string {
  const due = dueOf(wait);
  return due === undefined ? whatText(wait) : `${whatText(wait)}, until ${formatTime(due)} (${relativeTime(due, now)})`;
}

function whatText(wait: RunWait['wait']): string {
  switch (wait.reason) {
    case 'wait':
      return 'for its time';
    case 'retry':
      return 'before it tries again';
    case 'every':
      return 'before it looks again';
    case 'rate_limit':
      return `for rate limit ${wait.key}`;
    case 'concurrency':
      return `for a free slot of ${wait.key} (${wait.max} at once)`;
    case 'event':
      return `for event ${wait.name}`;
    case 'approval':
      return 'for a decision';
    case 'child':
      return `for run ${wait.run} of ${wait.workflow}`;
    case 'attention':
      return 'for the word of a person';
  }
}

/** `in 1h 20m`, `now`, `5s ago`. */
function relativeTime(at: EpochMs, now: EpochMs): string {
  const distance = at - now;
  if (Math.abs(distance) < 500) return 'now';
  return distance > 0 ? `in ${formatDuration(distance)}` : `${formatDuration(-distance)} ago`;
}
