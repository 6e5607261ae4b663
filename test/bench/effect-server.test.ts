import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEffects, startEffectServer } from '../../bench/effect-server.mjs';
import type { EffectServer } from '../../bench/effect-server.mjs';

let folder: string;
let log: string;
const servers: EffectServer[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runner-effects-'));
  log = join(folder, 'effects.log');
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await rm(folder, { recursive: true, force: true });
});

async function start(options: { lose?: number } = {}): Promise<EffectServer> {
  const server = await startEffectServer({ log, ...options });
  servers.push(server);
  return server;
}

async function call({ url }: EffectServer, tool: string, key = 'key-1'): Promise<unknown> {
  const response = await fetch(`${url}/mcp/execute`, {
    method: 'POST',
    headers: { 'Idempotency-Key': key },
    body: JSON.stringify({ server: 'audit', tool, params: { run: 'run-1', step: 'pay' } }),
  });
  return response.json();
}

describe("the auditor's bridge", () => {
  it('writes every effect with its key, run and step', async () => {
    await call(await start(), 'plain_write');

    expect(readEffects(log)).toEqual([
      {
        at: expect.any(Number),
        type: 'effect',
        tool: 'plain_write',
        key: 'key-1',
        run: 'run-1',
        step: 'pay',
        params: { run: 'run-1', step: 'pay' },
        effect: 1,
      },
    ]);
  });

  it('honours a key for keyed_write, and notes the repeat', async () => {
    const server = await start();
    const first = await call(server, 'keyed_write');
    const second = await call(server, 'keyed_write');

    expect(second).toEqual(first);
    expect(readEffects(log).map(({ type }) => type)).toEqual(['effect', 'repeat']);
  });

  it('has a second effect for plain_write, whatever the key', async () => {
    const server = await start();
    await call(server, 'plain_write');
    await call(server, 'plain_write');

    expect(readEffects(log).map(({ effect }) => effect)).toEqual([1, 2]);
  });

  it('has no effect for get_value', async () => {
    await call(await start(), 'get_value');

    expect(readEffects(log)).toMatchObject([{ type: 'read', effect: null }]);
  });

  it('knows its keys and its count when it is started anew, even after a line that was cut', async () => {
    const before = await start();
    const first = await call(before, 'keyed_write');
    await before.close();
    servers.length = 0;
    await appendFile(log, '{"at":1,"type":"eff');

    const after = await start();

    expect(await call(after, 'keyed_write')).toEqual(first);
    expect(await call(after, 'keyed_write', 'key-2')).toMatchObject({ execution_id: 'effect_2' });
    expect(readEffects(log)).toHaveLength(3);
  });

  it('loses an answer only after the effect', async () => {
    const server = await start({ lose: 1 });

    await expect(call(server, 'keyed_write')).rejects.toThrow('fetch failed');
    expect(readEffects(log)).toHaveLength(1);
  });
});
