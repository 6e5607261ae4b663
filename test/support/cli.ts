import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export const runnerFile = resolve(import.meta.dirname, '../../dist/runner.js');

/** What a command left behind. */
export interface CommandResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Given on stdin; otherwise stdin is empty. */
  readonly input?: string;
  /** Relative to the project's root. */
  readonly cwd?: string;
}

/** A command under way. */
export interface RunningCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<CommandResult>;
  /** Resolves with everything so far, once stdout and stderr together hold the text. */
  sees(text: string): Promise<string>;
}

/** A project in a temporary folder, and the built `runner` to use in it. */
export interface CliProject {
  readonly root: string;
  write(path: string, text: string): Promise<void>;
  runner(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  start(args: readonly string[], options?: CommandOptions): RunningCommand;
  remove(): Promise<void>;
}

/** Makes a project of these files, keyed by path. */
export async function makeProject(files: Readonly<Record<string, string>> = {}): Promise<CliProject> {
  const root = await mkdtemp(join(tmpdir(), 'runner-cli-'));
  const commands = new Set<ChildProcess>();
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  for (const [path, text] of Object.entries(files)) await write(path, text);
  const start = (args: readonly string[], options: CommandOptions = {}): RunningCommand => {
    const command = startCommand([process.execPath, runnerFile, ...args], {
      ...options,
      cwd: resolve(root, options.cwd ?? '.'),
    });
    commands.add(command.child);
    return command;
  };
  return {
    root,
    write,
    start,
    runner: (args, options) => start(args, options).ended,
    remove: async () => {
      for (const child of commands) child.kill('SIGKILL');
      await chmod(root, 0o700);
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Starts a program with a small environment of its own. */
export function startCommand(argv: readonly string[], options: CommandOptions): RunningCommand {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'], HOME: tmpdir(), LANG: 'C.UTF-8', ...options.env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const ended = new Promise<CommandResult>((resolvePromise, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolvePromise({ code, signal, stdout, stderr }));
  });
  const sees = (text: string): Promise<string> =>
    new Promise((resolvePromise, reject) => {
      const look = (): void => {
        if ((stdout + stderr).includes(text)) resolvePromise(stdout + stderr);
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      child.on('close', () => reject(new Error(`It ended without "${text}":\n${stdout}\n${stderr}`)));
      look();
    });
  return { child, ended, sees };
}
