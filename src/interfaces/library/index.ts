/** The package's main entry: everything that a program may use. `docs/library.md` shows how. */
export { createRunner } from './create-runner.ts';
export { InvalidFileError } from '../../app/invalid-file-error.ts';
export { RunnerError } from '../../model/errors.ts';
export type { RunnerErrorCode } from '../../model/errors.ts';
export type { Diagnostic } from '../../model/diagnostics.ts';
export type { Json, JsonObject } from '../../model/json.ts';
export type { RunStatus, StepStatus } from '../../model/states.ts';
export type * from './circuit-types.ts';
export type * from './types.ts';
