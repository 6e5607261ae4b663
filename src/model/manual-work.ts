import type { Json } from './json.ts';
import type { EpochMs } from './time.ts';

/** A call that failed for good and waits for a person, who does by hand what it was for. */
export interface ManualWork {
  /** 32 hexadecimal digits; the same however often the call is resumed. */
  readonly id: string;
  readonly run: string;
  readonly step: string;
  /** What was called: `server/tool`, `http/<host>`, `run/<workflow>/<step>`. */
  readonly target: string;
  /** With the names of secrets in place of their values, and without sensitive values. */
  readonly params: Json;
  /** What went wrong: `{ step, code, message, attempts }`. */
  readonly error: Json;
  /** What the author wants done, where one said so. */
  readonly note?: string;
  readonly recordedAt: EpochMs;
  /** Present once somebody has closed it. */
  readonly done?: { readonly at: EpochMs; readonly by: string; readonly note?: string };
}

/** Calls that failed for good and wait for a person; they outlive the runs that they come from. */
export interface ManualStore {
  /** Durable once it resolves. A task of the same id is there already: nothing changes. */
  record(work: ManualWork): Promise<void>;
  /** Oldest first; with `all` also those that are done. */
  list(filter: { readonly all: boolean }): readonly ManualWork[];
  /** Those whose id begins so, 20 at most. */
  find(id: string): readonly ManualWork[];
  /** @returns false where the task is unknown, or done already */
  close(id: string, done: NonNullable<ManualWork['done']>): Promise<boolean>;
}

/** No tool can have such a name, so no server is ever asked for it; the execution log shows it beside the tool. */
export const manualPrefix = '(manual) ';

/** True for the step that only records a call for a person. */
export function isManual(tool: string): boolean {
  return tool.startsWith(manualPrefix);
}
