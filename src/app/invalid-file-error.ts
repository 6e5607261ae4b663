import type { Diagnostic } from '../model/diagnostics.ts';
import { RunnerError } from '../model/errors.ts';

/** A file that cannot be used, with every finding and its place. */
export class InvalidFileError extends RunnerError {
  readonly diagnostics: readonly Diagnostic[];

  constructor(
    code: 'CONFIG_INVALID' | 'WORKFLOW_INVALID' | 'WORKFLOW_UNSUPPORTED',
    message: string,
    diagnostics: readonly Diagnostic[],
    hint?: string,
  ) {
    super(code, message, hint === undefined ? {} : { hint });
    this.diagnostics = diagnostics;
  }
}
