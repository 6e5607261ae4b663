/** Bounds of a file. A file beyond one of them is refused by name. */
export const limits = {
  fileBytes: 256 * 1024,
  nodes: 5_000,
  depth: 64,
  keysPerMap: 2_000,
  aliases: 50,
  steps: 500,
  /** Rounds of one `repeat`, where it does not say fewer. */
  rounds: 10_000,
  /** Child workflows below a workflow, one starting the next. */
  levels: 10,
  /** Findings of one code that are told of one file, and faults that are told of one text: more help nobody. */
  findingsOfOneCode: 100,
  faultsOfOneText: 20,
  /** Syntax errors that are told of one file; what follows is mostly their consequence. */
  syntaxErrors: 20,
} as const;
