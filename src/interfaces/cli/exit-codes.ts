import type { RunnerErrorCode } from '../../model/errors.ts';
import type { RunStatus } from '../../model/states.ts';

/** What the process tells its caller; `docs/cli.md` lists them. */
export const exitCodes = {
  success: 0,
  failed: 1,
  usage: 2,
  timedOut: 3,
  waits: 4,
  needsAttention: 5,
  storage: 6,
  cancelled: 130,
  terminated: 143,
} as const;

export function exitCodeOfStatus(status: RunStatus): number {
  switch (status) {
    case 'succeeded':
      return exitCodes.success;
    case 'failed':
    case 'undo_failed':
      return exitCodes.failed;
    case 'timed_out':
      return exitCodes.timedOut;
    case 'queued':
    case 'running':
    case 'waiting':
    case 'paused':
    case 'undoing':
      return exitCodes.waits;
    case 'needs_attention':
    case 'quarantined':
      return exitCodes.needsAttention;
    case 'cancelled':
      return exitCodes.cancelled;
    case 'interrupted':
      return exitCodes.terminated;
  }
}

export function exitCodeOfError(code: RunnerErrorCode): number {
  switch (code) {
    case 'USAGE':
    case 'INPUT_INVALID':
    case 'INPUT_UNKNOWN':
    case 'INPUT_MISSING':
    case 'WORKFLOW_NOT_FOUND':
    case 'WORKFLOW_INVALID':
    case 'WORKFLOW_UNSUPPORTED':
    case 'CONFIG_INVALID':
    case 'ENVIRONMENT_UNKNOWN':
    case 'SECRET_MISSING':
    case 'JOURNAL_KEY_MISSING':
    case 'BRIDGE_MISSING':
    case 'TOOL_NAME_INVALID':
    case 'RUN_NOT_FOUND':
    case 'MANUAL_NOT_FOUND':
    case 'MANUAL_DONE':
    case 'RUN_AMBIGUOUS':
    case 'RUN_FINAL':
    case 'RUN_STEP_NOT_WAITING':
    case 'PAYLOAD_TOO_LARGE':
    case 'BACKUP_UNUSABLE':
    case 'RUN_STEP_UNKNOWN':
    case 'STATE_NOT_FOUND':
    case 'RUN_OPEN':
    case 'EDIT_INVALID':
    case 'APPROVAL_NOT_FOUND':
    case 'APPROVAL_DENIED':
    case 'APPROVAL_CHANGED':
    case 'FORM_INVALID':
    case 'DEFINITION_UNREADABLE':
    case 'NODE_UNSUPPORTED':
      return exitCodes.usage;
    case 'BRIDGE_UNREACHABLE':
    case 'BRIDGE_KEY_REFUSED':
    case 'SERVER_UNREACHABLE':
    case 'LOGIN_REQUIRED':
    case 'LOGIN_FAILED':
    case 'RUN_OWNED':
    case 'WORKER_RUNNING':
    case 'RUN_CONFLICT':
    case 'QUEUE_FULL':
    case 'PROJECT_IN_USE':
    case 'LEASE_LOST':
    case 'INTERNAL':
      return exitCodes.failed;
    case 'RUN_QUARANTINED':
      return exitCodes.needsAttention;
    case 'STORAGE_UNUSABLE':
    case 'STORAGE_FULL':
    case 'STORAGE_CORRUPT':
    case 'STORAGE_TOO_NEW':
      return exitCodes.storage;
  }
}
