import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSandbox } from '../../../src/adapters/sandbox/start-sandbox.ts';
import { openPlainDatabase } from '../../../src/adapters/sqlite/plain-database.ts';
import { openSandbox } from './harness.ts';
import type { SandboxHarness } from './harness.ts';

let sandbox: SandboxHarness;
beforeEach(async () => {
  sandbox = await openSandbox();
});
afterEach(() => sandbox.close());

const post = (body: string): Promise<Response> => fetch(`${sandbox.url()}/mcp/execute`, { method: 'POST', body });

describe('the bridge protocol of the sandbox', () => {
  it('lists its tools with descriptions and parameters', async () => {
    const response = await fetch(`${sandbox.url()}/tools`);
    const { tools } = (await response.json()) as { tools: { server: string; name: string; parameters: object }[] };
    const names = tools.map(({ server, name }) => `${server}/${name}`);

    expect(names).toEqual(
      expect.arrayContaining([
        'render/render_list_services',
        'render/render_get_service',
        'render/render_get_logs',
        'render/render_restart_service',
        'render/render_trigger_deploy',
        'render/render_get_deploy_status',
        'github/getCommits',
        'github/createIssue',
        'stripe/createCustomer',
        'stripe/createSubscription',
        'supabase/sql_query',
        'supabase/listTables',
        'slack/post_message',
      ]),
    );
    expect(tools.find(({ name }) => name === 'render_get_service')?.parameters).toMatchObject({
      type: 'object',
      required: ['serviceId'],
    });
  });

  it('says in its health that it is a sandbox', async () => {
    const response = await fetch(`${sandbox.url()}/health`);

    expect(await response.json()).toEqual({ status: 'ok', sandbox: true });
  });

  it('answers a call with its result and an execution id', async () => {
    const { status, body } = await sandbox.execute('slack/post_message', { channel: 'ops', text: 'Hello' });

    expect([status, body]).toEqual([
      200,
      {
        result: { ok: true, id: 'msg_1001', channel: '#ops', posted_at: '2026-01-01T00:00:00.000Z' },
        execution_id: expect.stringMatching(/^exec_/),
      },
    ]);
  });

  it('refuses an unknown tool and names those of the server', async () => {
    const { status, body } = await sandbox.execute('supabase/sql_qery', {});

    expect([status, body]).toEqual([
      404,
      {
        error: 'Unknown tool "supabase/sql_qery" in the sandbox. "supabase" has: sql_query, listTables.',
        code: 'unknown_tool',
      },
    ]);
  });

  it('refuses an unknown server and names the servers', async () => {
    const { body } = await sandbox.execute('rendr/render_get_service', {});

    expect(body).toMatchObject({ error: expect.stringContaining('The servers are: render, github, stripe,') });
  });

  it.each([
    ['render/render_get_service', {}, 'params.serviceId is required.'],
    ['render/render_get_service', { serviceId: 7 }, 'params.serviceId must be string, and is 7.'],
    ['render/render_get_service', { serviceId: 'demo' }, 'params.serviceId must match ^srv-, and is "demo".'],
    [
      'render/render_get_service',
      { serviceId: 'srv-demo', linse: 1 },
      'params.linse is not a parameter of this tool. It takes: serviceId.',
    ],
    ['render/render_get_logs', { serviceId: 'srv-demo', lines: 0 }, 'params.lines must be at least 1, and is 0.'],
    ['render/render_get_logs', { serviceId: 'srv-demo', lines: 1.5 }, 'params.lines must be integer, and is 1.5.'],
    ['github/createIssue', { repo: 'a', title: '' }, 'params.title must not be empty.'],
    ['github/createIssue', { repo: 'a', title: 'b', labels: ['x', 1] }, 'params.labels[1] must be string, and is 1.'],
    [
      'github/listIssues',
      { repo: 'a', state: 'done' },
      'params.state must be one of open, closed, all, and is "done".',
    ],
  ])('refuses wrong params of %s and names the field: %j', async (name, params, message) => {
    const { status, body } = await sandbox.execute(name, params);

    expect([status, body]).toEqual([400, { error: `${name}: ${message}`, code: 'invalid_params' }]);
  });

  it.each([
    ['{', 'The body is not JSON.'],
    ['[]', 'The body must be a JSON object with server, tool and params.'],
    ['{"tool":"x"}', 'server must be a text.'],
    ['{"server":"x"}', 'tool must be a text.'],
    ['{"server":"x","tool":"y","params":[]}', 'params must be an object.'],
  ])('refuses the body %s', async (body, message) => {
    const response = await post(body);

    expect([response.status, await response.json()]).toEqual([400, { error: message, code: 'invalid_params' }]);
  });

  it('refuses a body over 1 MB', async () => {
    const response = await post(`"${'x'.repeat(1_048_577)}"`);

    expect(response.status).toBe(413);
  });

  it('names its routes to those who ask for another', async () => {
    const response = await fetch(`${sandbox.url()}/mcp/execute`);

    expect([response.status, await response.json()]).toMatchObject([
      404,
      { error: 'The sandbox has POST /mcp/execute, GET /tools and GET /health.', code: 'unknown_route' },
    ]);
  });
});

describe('starting a sandbox', () => {
  it('writes nothing before the first call', async () => {
    await expect(stat(join(sandbox.folder, 'sandbox.db'))).rejects.toThrow('ENOENT');
  });

  it('keeps its files from other users', async () => {
    await sandbox.call('slack/list_channels');
    const { mode } = await stat(join(sandbox.folder, 'sandbox.db'));

    expect(mode & 0o777).toBe(0o600);
  });

  it('fails with USAGE where the port is taken', async () => {
    const port = Number(new URL(sandbox.url()).port);
    const database = openPlainDatabase(join(sandbox.folder, 'other.db'));

    await expect(startSandbox({ database, sqlDatabase: database, port })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('answers with the reason when its own file cannot be used, and lives on', async () => {
    const database = openPlainDatabase('/dev/null/sandbox.db');
    const broken = await startSandbox({ database, sqlDatabase: database });
    const response = await fetch(`${broken.url}/mcp/execute`, {
      method: 'POST',
      body: '{"server":"slack","tool":"list_channels"}',
    });
    const health = await fetch(`${broken.url}/health`);
    await broken.close();

    expect([response.status, health.status]).toEqual([500, 200]);
    expect(await response.json()).toMatchObject({ code: 'sandbox_fault' });
  });
});
