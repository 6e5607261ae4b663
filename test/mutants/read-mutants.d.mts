/** A bug that is planted to see whether the tests notice. */
export interface Mutant {
  readonly name: string;
  /** The patch that plants it. */
  readonly file: string;
  /** What is wrong then, in a sentence. */
  readonly says: string;
  /** The test files that notice. */
  readonly caughtBy: readonly string[];
}

/** The planted bugs, by name. */
export function readMutants(): readonly Mutant[];
