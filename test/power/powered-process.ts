import { execFileSync, spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const writer = new URL('journal-writer.ts', import.meta.url).pathname;
const source = new URL('fsynced-only.c', import.meta.url).pathname;

/** True where a library can be compiled and preloaded; elsewhere a power cut cannot be played. */
export const canCutPower = process.platform === 'linux' && spawnSync('gcc', ['--version']).status === 0;

/** A folder whose files lose what was not synced when the power is cut. */
export interface PoweredFolder {
  readonly folder: string;
  /** While this file exists, the disk is full. */
  readonly fullFlag: string;
  /** Starts the writer; its acknowledgements, whole lines, are handed over as they come. */
  start(life: number, synchronous: 'FULL' | 'NORMAL', onLine: (line: string) => void): PoweredProcess;
  /** Leaves of every file what was synced. To be called when no process is running. */
  cutPower(): void;
}

export interface PoweredProcess {
  /** Ends the process without a word to it; resolves when all that it had printed has been handed over. */
  kill(): Promise<void>;
}

/** @param root an empty folder for everything */
export function createPoweredFolder(root: string): PoweredFolder {
  const [folder, twins, library] = [join(root, 'data'), join(root, 'twins'), join(root, 'fsynced-only.so')];
  const fullFlag = join(root, 'disk-is-full');
  execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl', '-lpthread']);
  mkdirSync(folder);
  const power = { LD_PRELOAD: library, POWER_FOLDER: folder, POWER_TWINS: twins, POWER_FULL: fullFlag };
  return {
    folder,
    fullFlag,
    start: (life, synchronous, onLine) => {
      replaceFiles(folder, twins);
      const args = ['--import', 'tsx', writer, folder, String(life), synchronous];
      const env = { ...process.env, ...power };
      return watchProcess(spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] }), onLine);
    },
    cutPower: () => replaceFiles(twins, folder),
  };
}

/** The shared-memory file is an index over the log that SQLite rebuilds; after a cut it is simply gone. */
function replaceFiles(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    if (!name.endsWith('-shm')) copyFileSync(join(from, name), join(to, name));
  }
}

function watchProcess(
  child: ChildProcessByStdio<null, Readable, null>,
  onLine: (line: string) => void,
): PoweredProcess {
  createInterface({ input: child.stdout }).on('line', onLine);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  return {
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
