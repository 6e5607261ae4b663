import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { resolve as resolvePath } from 'node:path';
import type { McpTarget } from '../../../model/mcp-servers.ts';
import { isGroupAlive, signalGroup } from '../process-group.ts';
import { environmentOf } from './child-environment.ts';
import { markVariable, recordChild } from './child-records.ts';
import { listenTo } from './last-words.ts';
import { endWithThisProcess } from './living-groups.ts';

/** How long a server may take to end by itself once its input is closed, and then once it is asked to. */
const [farewellMs, graceMs] = [300, 2_000] as const;
const pollMs = 25;

/** A running server, leader of a process group of its own. */
export interface ServerProcess {
  readonly pid: number;
  readonly streams: ChildProcessWithoutNullStreams;
  /** Says how it ended, once it has. */
  readonly exited: Promise<string>;
  /** The last lines of its standard error. */
  lastWords(): string;
  /** Ends it with all its children; resolves when none is left. */
  end(): Promise<void>;
}

export interface ProcessSurroundings {
  /** The project's root. */
  readonly root: string;
  /** The project's storage folder. */
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Starts a server. Rejects with the system's error when that is not possible. */
export async function startServer(
  target: McpTarget & { readonly kind: 'stdio' },
  { root, home, environment }: ProcessSurroundings,
): Promise<ServerProcess> {
  const mark = randomUUID();
  const streams = spawn(target.command, [...target.args], {
    cwd: resolvePath(root, target.cwd ?? '.'),
    env: { ...environmentOf(target, environment), [markVariable]: mark },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const pid = await spawned(streams);
  const takeBack = recordChild(home, pid, mark);
  const letGo = endWithThisProcess(pid);
  const exited = exitOf(streams);
  let ending: Promise<void> | undefined;
  const end = (): Promise<void> => (ending ??= endGroup(streams, pid, exited));
  // What the leader leaves behind is of no use without it.
  void exited
    .then(end)
    .catch(() => undefined)
    .finally(() => {
      letGo();
      takeBack();
    });
  return { pid, streams, exited, lastWords: listenTo(streams.stderr), end };
}

function spawned(streams: ChildProcessWithoutNullStreams): Promise<number> {
  // A write to a server that has just ended must not end this process.
  streams.stdin.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    streams.once('error', reject);
    streams.once('spawn', () => (streams.pid === undefined ? reject(new Error('no process')) : resolve(streams.pid)));
  });
}

function exitOf(streams: ChildProcessWithoutNullStreams): Promise<string> {
  return new Promise((resolve) => {
    streams.once('exit', (code, signal) => {
      resolve(signal === null ? `it exited with code ${code ?? 0}` : `it was ended by ${signal}`);
    });
  });
}

async function endGroup(streams: ChildProcessWithoutNullStreams, pid: number, exited: Promise<string>): Promise<void> {
  streams.stdin.destroy();
  await isGoneWithin(pid, farewellMs);
  if (isGroupAlive(pid)) signalGroup(pid, 'SIGTERM');
  await isGoneWithin(pid, graceMs);
  signalGroup(pid, 'SIGKILL');
  await exited;
  streams.stdout.destroy();
  streams.stderr.destroy();
}

async function isGoneWithin(pid: number, ms: number): Promise<void> {
  const deadline = performance.now() + ms;
  while (performance.now() < deadline && isGroupAlive(pid)) {
    await new Promise((resolve) => {
      setTimeout(resolve, pollMs);
    });
  }
}
