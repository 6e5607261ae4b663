import type { Terminal } from './terminal/terminal.ts';

/** What every command is given. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly cwd: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** What `--env` says, once the command line is read. */
  readonly environment?: string | undefined;
}
