import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { openGate, type Moment, type Played } from './gate.ts';

/** When a process is killed: so long after its start, or at a moment of its n-th call; or asked to stop (SIGTERM). */
export type Death =
  { readonly afterMs: number } | { readonly moment: Moment; readonly call: number } | { readonly stopAfterMs: number };

export interface Exit {
  readonly killed: boolean;
  readonly code: number | null;
  readonly errors: string;
}

interface RunnerStart {
  readonly folder: string;
  /** Address of the effect server. */
  readonly target: string;
  readonly played: Played;
  readonly args: readonly string[];
  readonly death?: Death;
}

/**
 * Runs the built `runner` in a project, behind a gate of its own, and kills it when its time has come. Settles when
 * the process is gone and everything that it had sent has arrived.
 */
export async function startRunner({ folder, target, played, args, death }: RunnerStart): Promise<Exit> {
  const seen = new Map<Moment, number>();
  const gate = await openGate({
    target,
    played,
    onMoment: async (moment) => {
      const count = (seen.get(moment) ?? 0) + 1;
      seen.set(moment, count);
      if (death && 'moment' in death && death.moment === moment && death.call === count) await kill(child);
      return child.exitCode === null && child.signalCode === null;
    },
  });
  const child = spawn(process.execPath, [resolve('dist/runner.js'), ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, MCP_BRIDGE_URL: gate.url, NO_COLOR: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const errors: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => void errors.push(text));
  const timer = death && setDeath(child, death);
  await once(child, 'close');
  clearTimeout(timer);
  await gate.close();
  return { killed: child.signalCode === 'SIGKILL', code: child.exitCode, errors: errors.join('') };
}

function setDeath(child: ChildProcess, death: Death): NodeJS.Timeout | undefined {
  if ('afterMs' in death) return setTimeout(() => void kill(child), death.afterMs);
  return 'stopAfterMs' in death ? setTimeout(() => child.kill('SIGTERM'), death.stopAfterMs) : undefined;
}

/** The process is gone when this settles: nothing more comes from it, and nothing reaches it. */
async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
