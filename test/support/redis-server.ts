import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

/** A Redis of one's own, on loopback, that keeps nothing on disk. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** As a crash would end it. */
  stop(): Promise<void>;
  /** Everything stands still, with open connections, until `thaw`. */
  freeze(): void;
  thaw(): void;
}

/**
 * Starts a `redis-server`, which ends with the test.
 * @param port the port of an earlier one, to take its place
 */
export async function startRedis(port?: number): Promise<RedisServer> {
  const { child, port: chosen } = await listeningRedis(['--dir', temporaryFolder()], port);
  onTestFinished(() => end(child));
  return {
    url: `redis://127.0.0.1:${chosen}`,
    port: chosen,
    stop: () => end(child),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
}

/** Starts a `redis-server` that asks for a password, for whoever ends it. */
export async function startLockedRedis(password: string): Promise<Pick<RedisServer, 'port' | 'stop'>> {
  const { child, port } = await listeningRedis(['--dir', tmpdir(), '--requirepass', password]);
  return { port, stop: () => end(child) };
}

/** On a port of its own choice it tries again: somebody else may have taken the port before it did. */
async function listeningRedis(options: readonly string[], port?: number) {
  for (let tries = 1; ; tries += 1) {
    const chosen = port ?? (await freePort());
    const child = spawnRedis(chosen, options);
    try {
      await readiness(child);
      return { child, port: chosen };
    } catch (error) {
      await end(child);
      if (tries === 3) throw error;
    }
  }
}

function spawnRedis(port: number, more: readonly string[]) {
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...more];
  return spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
}

function readiness(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new Error('These tests need a real redis-server, and there is none: apt-get install redis-server', { cause }),
      ),
    );
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code} before it was ready.`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.includes('Ready to accept connections')) resolve();
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** A port of loopback on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
