import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { createRedactor } from '../../model/redaction.ts';

export interface HelperOptions {
  readonly root: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** 10 s unless told. */
  readonly timeoutMs?: number;
}

/** `reason` is a clause such as `ended with code 1: no such entry`. */
export type HelperEnd =
  { readonly ok: true; readonly stdout: string } | { readonly ok: false; readonly reason: string };

type Helper = ChildProcessByStdio<null, Readable, Readable>;

const usualTimeoutMs = 10_000;
const maxCharacters = 65_536;

/** Runs a program without a shell, in a process group of its own, which is ended as a whole when its time is over. */
export async function runHelper(command: readonly [string, ...string[]], options: HelperOptions): Promise<HelperEnd> {
  const { root, variables, timeoutMs = usualTimeoutMs } = options;
  const [program, ...args] = command;
  let helper: Helper;
  try {
    helper = spawn(program, args, {
      cwd: root,
      env: { ...variables },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch {
    return { ok: false, reason: 'cannot be started: its text holds a NUL character' };
  }
  const kill = (): void => killGroup(helper);
  process.once('exit', kill);
  const timer = setTimeout(kill, timeoutMs);
  try {
    return await endOf(helper, `did not answer within ${timeoutMs / 1_000} s`);
  } finally {
    clearTimeout(timer);
    process.removeListener('exit', kill);
  }
}

function endOf(helper: Helper, tooSlow: string): Promise<HelperEnd> {
  let [stdout, stderr] = ['', ''];
  helper.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (stdout.length > maxCharacters) killGroup(helper);
  });
  helper.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-2_000)));
  return new Promise((resolve) => {
    const fail = (reason: string): void => resolve({ ok: false, reason });
    helper.on('error', (error) => fail(whyNotStarted(error)));
    helper.on('close', (code, signal) => {
      if (stdout.length > maxCharacters) return fail('wrote more than 64 KB');
      if (signal === 'SIGKILL') return fail(tooSlow);
      if (code === 0) return resolve({ ok: true, stdout });
      const said = createRedactor([stdout.trim()]).text(stderr.trim()).split('\n').slice(-3).join(' ');
      return fail(`ended with ${signal ?? `code ${code}`}${said === '' ? '' : `: ${said.slice(-200)}`}`);
    });
  });
}

function whyNotStarted(error: Error): string {
  const code = 'code' in error ? String(error.code) : error.message;
  return code === 'ENOENT' ? 'is not found' : `cannot be started (${code})`;
}

function killGroup({ pid }: Helper): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
