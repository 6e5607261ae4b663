import type { RunStatus } from '../../../model/states.ts';
import type { Style } from '../terminal/style.ts';

/** The colour that a run's state has everywhere. */
export function paintStatus(status: RunStatus, style: Style): string {
  switch (status) {
    case 'succeeded':
      return style.green(status);
    case 'failed':
    case 'timed_out':
    case 'undo_failed':
    case 'quarantined':
      return style.red(status);
    case 'needs_attention':
    case 'interrupted':
    case 'cancelled':
      return style.yellow(status);
    case 'queued':
    case 'running':
    case 'waiting':
    case 'paused':
    case 'undoing':
      return style.cyan(status);
  }
}
