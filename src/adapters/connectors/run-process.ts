import type { ChildProcessByStdio } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { isGroupAlive, signalGroup } from './process-group.ts';
import { capture } from './run-output.ts';

/** Between asking a group to end and ending it. */
const graceMs = 2_000;
/** How long output is awaited once the shell has ended and something else still holds its pipes. */
const lingerMs = 100;
const pollMs = 25;

export type ShellProcess = ChildProcessByStdio<null, Readable, Readable>;

/** How a shell ended. */
export type Ended =
  | { readonly how: 'not_started'; readonly error: unknown }
  | { readonly how: 'aborted' }
  | {
      readonly how: 'exited';
      /** 128 and the signal's number when a signal ended it, as shells count. */
      readonly exitCode: number;
      readonly killedBy?: NodeJS.Signals;
      readonly stdout: string;
      readonly stderr: string;
      readonly isStdoutCut: boolean;
    };

/**
 * Waits for a shell that leads a process group. What it left running in the background goes on, but is not waited
 * for; when the signal aborts, the whole group is ended first.
 */
export async function watchProcess(child: ShellProcess, signal: AbortSignal): Promise<Ended> {
  const [stdout, stderr] = [capture(child.stdout), capture(child.stderr)];
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const error = await started(child);
  if (error !== undefined) return { how: 'not_started', error };

  const exited = exitOf(child);
  const first = await unlessAborted(exited, signal);
  if (first === 'aborted') {
    await endGroup(child, exited);
    release(child);
    return { how: 'aborted' };
  }
  await Promise.race([closed, linger()]);
  release(child);
  return { how: 'exited', ...first, stdout: stdout.text(), stderr: stderr.text(), isStdoutCut: stdout.isCut() };
}

function started(child: ShellProcess): Promise<unknown> {
  return new Promise((resolve) => {
    child.once('spawn', () => resolve(undefined));
    child.once('error', (error) => resolve(error));
  });
}

interface Exit {
  readonly exitCode: number;
  readonly killedBy?: NodeJS.Signals;
}

function exitOf(child: ShellProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (code, killedBy) => {
      if (killedBy === null) resolve({ exitCode: code ?? 0 });
      else resolve({ exitCode: 128 + constants.signals[killedBy], killedBy });
    });
  });
}

function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value | 'aborted'> {
  return new Promise((resolve) => {
    const onAbort = (): void => resolve('aborted');
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    void work.then((value) => {
      signal.removeEventListener('abort', onAbort);
      return resolve(value);
    });
  });
}

/** One round of the event loop more than the time: on a busy machine the last output may lie unread till then. */
function linger(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(() => setImmediate(resolve), lingerMs);
  });
}

async function endGroup(child: ShellProcess, exited: Promise<Exit>): Promise<void> {
  if (child.pid === undefined) return;
  const deadline = performance.now() + graceMs;
  signalGroup(child.pid, 'SIGTERM');
  while (performance.now() < deadline && isGroupAlive(child.pid)) await sleep(pollMs);
  signalGroup(child.pid, 'SIGKILL');
  await exited;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Lets go of the pipes, which a background process may hold open for ever. */
function release(child: ShellProcess): void {
  child.stdout.destroy();
  child.stderr.destroy();
}
