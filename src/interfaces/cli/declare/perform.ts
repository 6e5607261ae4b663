/** Runs a command's module, which is loaded only now, and keeps its exit code. */
export type Perform = (command: () => Promise<number>) => Promise<void>;
