import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBridgeConnector } from '../../../src/adapters/connectors/bridge.ts';
import type { BridgeConnector } from '../../../src/adapters/connectors/bridge.ts';
import type { StepResult } from '../../../src/model/actions.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { openSandbox } from './harness.ts';
import type { SandboxHarness } from './harness.ts';

let sandbox: SandboxHarness;
let connector: BridgeConnector;
beforeEach(async () => {
  sandbox = await openSandbox();
  connector = createBridgeConnector({ url: sandbox.url() });
});
afterEach(async () => {
  connector.close();
  await sandbox.close();
});

const call = (server: string, tool: string, params: JsonObject): Promise<StepResult> =>
  connector.call(
    { kind: 'tool', server, tool, params },
    { idempotencyKey: `${server}/${tool}`, run: 'r', step: 's', attempt: 1 },
    AbortSignal.timeout(10_000),
  );

describe('the sandbox, seen through the bridge connector', () => {
  it('gives the results of its tools', async () => {
    expect(await call('supabase', 'sql_query', { query: 'SELECT 1 AS one' })).toEqual({
      ok: true,
      output: [{ one: 1 }],
    });
  });

  it.each([
    ['render', 'render_get_service', { serviceId: 'srv-nope' }, 'tool_error'],
    ['supabase', 'sql_query', { query: 'SELECT * FROM nope' }, 'tool_error'],
    ['render', 'render_get_servce', {}, 'unknown_tool'],
    ['render', 'render_get_service', {}, 'http.400'],
  ] as const)('a refused %s/%s with %j is a fault that failed', async (server, tool, params, kind) => {
    expect(await call(server, tool, params)).toMatchObject({ ok: false, fault: { kind, outcome: 'failed' } });
  });

  it('lists its tools', async () => {
    const tools = await connector.list(AbortSignal.timeout(10_000));

    expect(tools).toContainEqual(expect.objectContaining({ server: 'slack', name: 'post_message' }));
  });
});
