import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { stripVTControlCharacters } from 'node:util';
import { runnerFile } from './cli.ts';

/** The built `runner` with a terminal for stdin, stdout and stderr. */
export interface OnTerminal {
  /** Resolves when the text has come after what was seen last. */
  sees(text: string): Promise<void>;
  /** Keys as a person presses them. */
  types(keys: string): void;
  /** The exit code, and all that was shown, without colours. */
  readonly ended: Promise<{ readonly code: number | null; readonly shown: string }>;
  kill(): void;
}

const inTerminal = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

/** Starts `runner` with a pseudo-terminal, in a folder. */
export function startOnTerminal(cwd: string, args: readonly string[]): OnTerminal {
  const child = spawn('python3', ['-c', inTerminal, process.execPath, runnerFile, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: tmpdir(), LANG: 'C.UTF-8', TERM: 'xterm' },
  });
  let shown = '';
  let seen = 0;
  child.stdin.on('error', () => undefined);
  child.stderr.setEncoding('utf8').on('data', (text: string) => (shown += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += stripVTControlCharacters(text)));
  const sees = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const at = shown.indexOf(text, seen);
        if (at < 0) return;
        seen = at + text.length;
        child.stdout.off('data', look);
        resolve();
      };
      child.stdout.on('data', look);
      child.on('close', () => reject(new Error(`It ended without "${text}":\n${shown}`)));
      look();
    });
  const ended = new Promise<{ readonly code: number | null; readonly shown: string }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, shown }));
  });
  return { sees, types: (keys) => child.stdin.write(keys), ended, kill: () => child.kill('SIGKILL') };
}
