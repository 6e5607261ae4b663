import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeProject } from '../support/cli.ts';
import type { CliProject } from '../support/cli.ts';

const restart = 'name: restart\nsteps:\n  - tool: render/render_restart_service\n    params: { serviceId: srv-demo }\n';
const config =
  'bridge: sandbox\ntools:\n  supabase/*: { effect: idempotent }\n  supabase/sql_query: { effect: read }\n';

let project: CliProject;

beforeEach(async () => {
  project = await makeProject({ 'workflows/restart.yaml': restart, 'runner.yaml': config });
});

afterEach(() => project.remove());

describe('runner tools explain', () => {
  it('says what decides the class of a tool, and what else would', async () => {
    await project.runner(['tools', 'sync']);

    const { code, stdout, stderr } = await project.runner(['tools', 'explain', 'supabase/sql_query']);

    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'supabase/sql_query',
      '  effect    read, by "tools" in runner.yaml, pattern supabase/sql_query',
      '  else      write, by its name: it does not read like a read',
    ]);
  });

  it('judges a tool that no catalogue knows', async () => {
    const { stdout } = await project.runner(['tools', 'explain', 'far/get_thing', '--json']);

    expect(JSON.parse(stdout)).toMatchObject({ tool: 'far/get_thing', known: false, effect: 'read', from: 'name' });
  });

  it('refuses what is no name', async () => {
    await expect(project.runner(['tools', 'explain', 'render'])).resolves.toMatchObject({ code: 2 });
  });
});

describe('an MCP server', () => {
  const server = new URL('../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js', import.meta.url);

  it.each([
    [
      'is believed where the project trusts it',
      ', trust: annotations',
      'read, by its server, which is trusted (readOnlyHint: true)',
    ],
    ['is not believed unasked', '', 'write, by its name'],
  ])('%s when it says that a tool only reads', async (_, trust, verdict) => {
    const entry = `{ command: node, args: [${server.pathname}, .]${trust} }`;
    await project.write('runner.yaml', `mcpServers: { files: ${entry} }\n`);
    await project.runner(['tools', 'sync']);

    const { stdout } = await project.runner(['tools', 'explain', 'files/directory_tree']);

    expect(stdout).toContain(verdict);
  });

  it('keeps its tools in the catalogue, as stale, while it is down', async () => {
    await project.write('runner.yaml', `bridge: sandbox\nmcpServers: { ${filesServer(server.pathname)} }\n`);
    await project.runner(['tools', 'sync']);
    await project.write('runner.yaml', `bridge: sandbox\nmcpServers: { ${filesServer('missing.mjs')} }\n`);

    await project.runner(['tools', 'sync']);

    const { stdout } = await project.runner(['tools', '--json']);
    const { tools } = JSON.parse(stdout) as { readonly tools: readonly { server: string; stale: boolean }[] };
    expect(tools.some((tool) => tool.server === 'files')).toBe(true);
    expect(tools.every((tool) => tool.stale === (tool.server === 'files'))).toBe(true);
  });
});

describe('the catalogue', () => {
  it('tells when a tool was seen and used, and how often', async () => {
    await project.runner(['call', 'render/render_get_service', 'serviceId=srv-demo']);

    const { stdout } = await project.runner(['tools', 'render/render_get_service', '--json']);

    const { tools } = JSON.parse(stdout) as { readonly tools: readonly Record<string, unknown>[] };
    expect(tools).toMatchObject([
      { effect: 'read', calls: 1, stale: false, last_used: expect.stringMatching(/^2/) as string },
    ]);
    expect(tools[0]?.['first_seen']).toBe(tools[0]?.['last_seen']);
  });
});

describe('read-only mode', () => {
  it.each([
    ['the flag', ['--read-only'], {}],
    ['the environment', [], { RUNNER_MODE: 'read_only' }],
  ])('refuses a write, asked for by %s, and says so', async (_, flags, env) => {
    const { code, stdout } = await project.runner(['run', 'restart', ...flags], { env });

    expect(code).toBe(1);
    expect(stdout).toContain('read_only: The project is in read-only mode, and this call writes. It was not made.');
    expect(stdout).toContain('This ran in read-only mode');
  });

  it('refuses a write, asked for by runner.yaml, of a single call too', async () => {
    await project.write('runner.yaml', 'bridge: sandbox\nmode: read_only\n');

    const { code, stderr } = await project.runner(['call', 'render/render_restart_service', 'serviceId=srv-demo']);

    expect(code).toBe(1);
    expect(stderr).toContain('read_only');
  });

  it('does not continue a run that may write', async () => {
    await project.write('workflows/hold.yaml', 'name: hold\nsteps:\n  - wait: 1h\n');
    const command = project.start(['run', 'hold']);
    const [, id = ''] = /run (\d{8}-\d{6}-\w{8})/.exec(await command.sees('step_1: waits')) ?? [];
    command.child.kill('SIGKILL');
    await command.ended;

    const { code, stderr } = await project.runner(['resume', id], { env: { RUNNER_MODE: 'read_only' } });

    expect(code).toBe(2);
    expect(stderr).toContain('may write, and the project is in read-only mode now');
  });
});

function filesServer(program: string): string {
  return `files: { command: node, args: ["${program}", .] }`;
}
