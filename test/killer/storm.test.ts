import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEffects, startEffectServer } from '../../bench/effect-server.mjs';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { logOf } from './evidence.ts';
import { startRunner, type Death } from './runner-process.ts';

/** A service that never recovers: the answer of every restart is lost, and each run tries more often than it may. */
const workflow = `name: recovery
steps:
  - id: restart
    tool: audit/keyed_write
    effect: idempotent
    idempotency_key: restart \${{ $uuid() }}
    budget: { key: restart srv-1, max: 6, per: 1h }
    retry: { max: 2, delay: 10ms, backoff: constant }
  - id: live
    tool: audit/get_value
    cache: none
  - fail: It is still down.
on_failure:
  - id: again
    tool: audit/plain_write
    budget: { key: restart srv-1, max: 6, per: 1h }
`;

/** Killed where it hurts: before, during and after the call. */
const deaths: readonly (Death | undefined)[] = [
  { moment: 'before_effect', call: 1 },
  { moment: 'after_effect', call: 1 },
  { afterMs: 250 },
  undefined,
  { moment: 'after_effect', call: 2 },
  undefined,
];

describe('a service that never recovers', () => {
  it('is restarted at most as often as its budget allows, whatever happens to the processes', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'workflows'));
    writeFileSync(join(folder, 'workflows', 'recovery.yaml'), workflow);
    const server = await startEffectServer({ log: logOf(folder), latencyMs: [0, 5], lose: 0.5, seed: 7 });
    const played = new Map();
    const run = (args: readonly string[], death?: Death) =>
      startRunner({ folder, target: server.url, played, args, ...(death ? { death } : {}) });
    try {
      await Promise.all(deaths.map((death) => run(['run', 'recovery'], death)));
      await run(['resume', '--all'], { moment: 'after_effect', call: 1 });
      await run(['resume', '--all']);
      for (let more = 0; more < 2; more += 1) await run(['run', 'recovery']);
    } finally {
      await server.close();
    }

    const restarts = readEffects(logOf(folder)).filter(({ type }) => type !== 'read');
    expect(restarts.length).toBeLessThanOrEqual(6);
    expect(restarts.length).toBeGreaterThan(2);
  });
});
