import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '../../../src/adapters/sandbox/start-sandbox.ts';
import type { Sandbox } from '../../../src/adapters/sandbox/start-sandbox.ts';
import { openPlainDatabase } from '../../../src/adapters/sqlite/plain-database.ts';

/** A sandbox in a folder of its own, with a clock that the test moves. */
export interface SandboxHarness {
  readonly folder: string;
  url(): string;
  /** Moves the sandbox's clock. */
  pass(ms: number): void;
  /** Ends the sandbox and starts another one on the same files. */
  restart(): Promise<void>;
  /** The answer to one call. */
  execute(name: string, params?: unknown, idempotencyKey?: string): Promise<Answer>;
  /** What the tool says when it refuses a call. */
  refusal(name: string, params?: unknown, idempotencyKey?: string): Promise<Refusal | undefined>;
  /** The result of a call that has to succeed. */
  call(name: string, params?: unknown, idempotencyKey?: string): Promise<unknown>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly body: { readonly result?: unknown; readonly error?: string | Refusal };
}

export interface Refusal {
  readonly message: string;
  readonly status: number;
}

/** From a restart until a service is live, in the harness. */
export const recoveryMs = 1_000;

export async function openSandbox(): Promise<SandboxHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'runner-sandbox-'));
  let now = Date.UTC(2026, 0, 1);
  let sandbox = await start();

  function start(): Promise<Sandbox> {
    return startSandbox({
      database: openPlainDatabase(join(folder, 'sandbox.db')),
      sqlDatabase: openPlainDatabase(join(folder, 'sandbox-sql.db')),
      recoveryMs,
      now: () => now,
    });
  }

  const harness: SandboxHarness = {
    folder,
    url: () => sandbox.url,
    pass(ms) {
      now += ms;
    },
    async restart() {
      await sandbox.close();
      now += 1;
      sandbox = await start();
    },
    execute: (name, params = {}, idempotencyKey) => executeAt(sandbox.url, { name, params, idempotencyKey }),
    async refusal(name, params, idempotencyKey) {
      const { status, body } = await harness.execute(name, params, idempotencyKey);
      return status === 200 && typeof body.error === 'object' ? body.error : undefined;
    },
    async call(name, params, idempotencyKey) {
      const { status, body } = await harness.execute(name, params, idempotencyKey);
      if (body.error !== undefined) throw new Error(`${name} answered ${status}: ${JSON.stringify(body.error)}`);
      return body.result;
    },
    async close() {
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return harness;
}

export async function executeAt(
  url: string,
  call: { readonly name: string; readonly params: unknown; readonly idempotencyKey?: string | undefined },
): Promise<Answer> {
  const [server, tool] = call.name.split('/');
  const key = call.idempotencyKey === undefined ? {} : { 'Idempotency-Key': call.idempotencyKey };
  const response = await fetch(`${url}/mcp/execute`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...key },
    body: JSON.stringify({ server, tool, params: call.params }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}
