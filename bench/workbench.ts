import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildRunner, buildWorkers } from './build.ts';
import { startWorker, type WorkerHandle } from './worker-handle.ts';

/** What the measurements share: the programs under test, the bridge, and a folder for all that they write. */
export interface Workbench extends AsyncDisposable {
  readonly rounds: number;
  /** A new empty folder, removed at the end. */
  folder(): string;
  /** The address of a bridge that answers at once, in a process of its own. */
  bridge(): Promise<string>;
  /** The built `runner.js`. */
  runner(): Promise<string>;
  /** Starts `bench/workers/<name>.ts`, bundled as the product is. */
  worker(name: string, options?: { readonly nodeFlags?: readonly string[] }): Promise<WorkerHandle>;
}

/** The environment of everything that is measured. */
export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  // Node 20 reads the file of NODE_EXTRA_CA_CERTS at every start.
  const dropped = new Set([
    'NODE_EXTRA_CA_CERTS',
    'NODE_OPTIONS',
    'RUNNER_HOME',
    'FORCE_COLOR',
    'GITHUB_ACTIONS',
    'CI',
  ]);
  const kept = Object.entries(process.env).filter(([name]) => !dropped.has(name) && !name.startsWith('MCP_'));
  return { ...Object.fromEntries(kept), ...extra };
}

export async function openWorkbench(rounds: number): Promise<Workbench> {
  // Below node_modules, so that the bundles find their one native package.
  const cache = join(import.meta.dirname, '..', 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const root = mkdtempSync(join(cache, 'runner-bench-'));
  const closers: (() => void)[] = [() => rmSync(root, { recursive: true, force: true })];
  const [bridge, runner, workers] = [
    atFirstUse(() => startBridge(closers)),
    atFirstUse(() => buildRunner(join(root, 'dist'))),
    atFirstUse(() => buildWorkers(join(root, 'workers'))),
  ];
  return {
    rounds,
    folder: () => mkdtempSync(join(root, 'folder-')),
    bridge,
    runner,
    worker: async (name, { nodeFlags = [] } = {}) => {
      const folder = await workers();
      const worker = startWorker(join(folder, `${name}.js`), nodeFlags, cleanEnvironment());
      closers.push(() => worker.stop());
      return worker;
    },
    [Symbol.asyncDispose]: async () => {
      for (const close of closers.toReversed()) close();
    },
  };
}

/** Makes something at its first use. */
function atFirstUse<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

async function startBridge(closers: (() => void)[]): Promise<string> {
  const file = join(import.meta.dirname, 'fake-bridge.mjs');
  const child = spawn(process.execPath, [file, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: cleanEnvironment(),
  });
  closers.push(() => child.kill());
  const [line]: unknown[] = await once(child.stdout, 'data');
  const url = /http:\S+/.exec(String(line))?.[0];
  if (url === undefined) throw new Error(`The bridge did not start: ${String(line)}`);
  return url;
}
