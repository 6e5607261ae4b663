import { spawn } from 'node:child_process';
import { resolve as resolvePath } from 'node:path';
import type { CallContext, Connector } from '../../engine/ports.ts';
import type { Action, RunAction, StepResult } from '../../model/actions.ts';
import { RunnerError } from '../../model/errors.ts';
import type { Fault } from '../../model/faults.ts';
import type { Json } from '../../model/json.ts';
import { abortFault, endOf, excerpt } from './faults.ts';
import { parseJsonText } from './reply-body.ts';
import { watchProcess, type Ended, type ShellProcess } from './run-process.ts';

/** All that a command gets of this process's environment; the rest is written in the step's `env`. */
const inherited = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'USER'];

export interface RunOptions {
  /** The project's root; a step's own `cwd` is relative to it. */
  readonly cwd: string;
  /** Where the inherited variables come from; this process's environment unless told. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Performs `run` steps: a shell in a process group of its own, which is ended as a whole when the signal aborts. */
export function createRunConnector({ cwd, environment = process.env }: RunOptions): Connector {
  return {
    async call(action: Action, context: CallContext, signal: AbortSignal): Promise<StepResult> {
      if (action.kind !== 'run') throw new RunnerError('INTERNAL', `run was given a "${action.kind}" step.`);
      if (signal.aborted) return { ok: false, fault: abortFault('The command', signal, false) };
      const folder = resolvePath(cwd, action.cwd ?? '.');
      const env = environmentFor(action, context, environment);
      return readEnd(await start(action, { folder, env, signal }), action, { folder, signal });
    },
  };
}

function environmentFor(
  action: RunAction,
  { idempotencyKey }: CallContext,
  from: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const own = inherited.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]]));
  return { ...Object.fromEntries(own), ...action.env, RUNNER_IDEMPOTENCY_KEY: idempotencyKey };
}

interface Surroundings {
  readonly folder: string;
  readonly env: Record<string, string>;
  readonly signal: AbortSignal;
}

async function start(action: RunAction, { folder, env, signal }: Surroundings): Promise<Ended> {
  const [file, ...options] = shells[action.shell];
  let child: ShellProcess;
  try {
    child = spawn(file, [...options, '-c', action.script, action.shell, ...action.args], {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    return { how: 'not_started', error };
  }
  return watchProcess(child, signal);
}

/** As GitHub Actions runs them: a failing command ends the script. */
const shells = {
  sh: ['/bin/sh', '-e'],
  bash: ['bash', '--noprofile', '--norc', '-e', '-o', 'pipefail'],
} as const;

function readEnd(
  ended: Ended,
  action: RunAction,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): StepResult {
  if (ended.how === 'not_started') return { ok: false, fault: notStarted(action, folder, ended.error) };
  if (ended.how === 'aborted') {
    const fault = abortFault('The command', signal, true);
    const reason = fault.kind === 'timeout' ? 'ran out of time' : 'was cancelled';
    return { ok: false, fault: { ...fault, message: `The command ${reason} and was ended` } };
  }
  const { stdout, stderr, exitCode } = ended;
  if (exitCode !== 0) return { ok: false, fault: failedExit(ended) };
  const json = ended.isStdoutCut ? null : jsonOf(stdout);
  return { ok: true, output: { exit_code: exitCode, stdout, stderr, json } };
}

function notStarted({ shell }: RunAction, folder: string, error: unknown): Fault {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known: Readonly<Record<string, string>> = {
    ENOENT: `there is no folder ${folder}, or no ${shell}`,
    ENOTDIR: `${folder} is not a folder`,
    EACCES: `${folder} or ${shell} may not be used by this user`,
    E2BIG: 'its arguments and environment are too large',
    ERR_INVALID_ARG_VALUE: 'its text, arguments or environment hold a NUL character',
  };
  return {
    kind: code === 'ERR_INVALID_ARG_VALUE' ? 'invalid_params' : 'exit',
    message: `The command could not be started: ${known[code] ?? `the system refused (${code})`}`,
    outcome: 'not_executed',
    transient: code === 'EAGAIN' || code === 'ENOMEM' || code === 'EMFILE',
  };
}

function failedExit({ exitCode, killedBy, stderr, stdout }: Ended & { readonly how: 'exited' }): Fault {
  const said = lastLines(stderr) || lastLines(stdout);
  const end = killedBy === undefined ? `exited with code ${exitCode}` : `was ended by ${killedBy}`;
  const message = `The command ${end}${said === '' ? '' : `: ${said}`}`;
  return { kind: 'exit', message, outcome: 'failed', transient: false };
}

function lastLines(text: string): string {
  const lines = text.slice(-2_000).trimEnd().split('\n').slice(-3).join('\n');
  return excerpt(endOf(lines, 200));
}

/** Standard output as a value when it is one JSON object or array, else null. */
function jsonOf(stdout: string): Json {
  if (!/^\s*[[{]/.test(stdout)) return null;
  const parsed = parseJsonText(stdout);
  return parsed.ok ? parsed.value : null;
}
