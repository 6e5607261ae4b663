/** Every code of a {@link RunnerError}; `docs/errors.md` explains each. */
export type RunnerErrorCode =
  | 'USAGE'
  | 'INPUT_INVALID'
  | 'INPUT_UNKNOWN'
  | 'INPUT_MISSING'
  | 'WORKFLOW_NOT_FOUND'
  | 'WORKFLOW_INVALID'
  | 'WORKFLOW_UNSUPPORTED'
  | 'CONFIG_INVALID'
  | 'ENVIRONMENT_UNKNOWN'
  | 'SECRET_MISSING'
  | 'JOURNAL_KEY_MISSING'
  | 'BRIDGE_MISSING'
  | 'BRIDGE_UNREACHABLE'
  | 'BRIDGE_KEY_REFUSED'
  | 'SERVER_UNREACHABLE'
  | 'LOGIN_REQUIRED'
  | 'LOGIN_FAILED'
  | 'TOOL_NAME_INVALID'
  | 'RUN_NOT_FOUND'
  | 'MANUAL_NOT_FOUND'
  | 'MANUAL_DONE'
  | 'RUN_AMBIGUOUS'
  | 'RUN_OWNED'
  | 'RUN_FINAL'
  | 'RUN_QUARANTINED'
  | 'RUN_STEP_NOT_WAITING'
  | 'RUN_CONFLICT'
  | 'QUEUE_FULL'
  | 'PAYLOAD_TOO_LARGE'
  | 'BACKUP_UNUSABLE'
  | 'PROJECT_IN_USE'
  | 'RUN_STEP_UNKNOWN'
  | 'STATE_NOT_FOUND'
  | 'RUN_OPEN'
  | 'EDIT_INVALID'
  | 'APPROVAL_NOT_FOUND'
  | 'APPROVAL_DENIED'
  | 'APPROVAL_CHANGED'
  | 'FORM_INVALID'
  | 'WORKER_RUNNING'
  | 'LEASE_LOST'
  | 'DEFINITION_UNREADABLE'
  | 'STORAGE_UNUSABLE'
  | 'STORAGE_FULL'
  | 'STORAGE_CORRUPT'
  | 'STORAGE_TOO_NEW'
  | 'NODE_UNSUPPORTED'
  | 'INTERNAL';

/** What stops the runner itself. A failure of the far side is a value instead (`StepResult`). */
export class RunnerError extends Error {
  readonly code: RunnerErrorCode;
  /** What to do, for a person. */
  readonly hint: string | undefined;

  constructor(code: RunnerErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RunnerError';
    this.code = code;
    this.hint = options.hint;
  }
}
