/** A finding about a file, with its place and the way out. */
export interface Diagnostic {
  /**
   * `error`: the file cannot be used. `unsupported`: it is right, but this version cannot execute it.
   * `warning`: it can be used, and a person should look.
   */
  readonly severity: 'error' | 'unsupported' | 'warning';
  /** A code of `docs/errors.md`, such as `STEP_UNKNOWN_KEY`. */
  readonly code: string;
  readonly file: string;
  /** From 1; 0 when the finding is about the file as a whole. */
  readonly line: number;
  /** From 1, in characters; 0 when the finding is about the file as a whole. */
  readonly column: number;
  /** Number of characters to underline on that line, at least 1. */
  readonly length: number;
  /** The text of the line, for the code frame; empty when the finding is about the file as a whole. */
  readonly lineText: string;
  /** What was found and what was expected, in one or two sentences. */
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
}

export function isBlocking(diagnostic: Diagnostic): boolean {
  return diagnostic.severity !== 'warning';
}
