import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBridge } from '../../bench/fake-bridge.mjs';
import { gate } from '../support/cli-workflows.ts';
import { makeProject } from '../support/cli.ts';
import type { CliProject, CommandResult } from '../support/cli.ts';
import { freePort, startRedis } from '../support/redis-server.ts';

let bridge: Awaited<ReturnType<typeof startBridge>>;
let project: CliProject;
let elsewhere: CliProject;

beforeAll(async () => {
  bridge = await startBridge({});
});

afterAll(() => bridge.close());

beforeEach(async () => {
  bridge.reset();
  const files = { 'runner.yaml': 'cache: { namespace: ops }\n', 'workflows/look.yaml': look };
  [project, elsewhere] = await Promise.all([makeProject(files), makeProject(files)]);
});

afterEach(() => Promise.all([project.remove(), elsewhere.remove()]));

const look = `steps:
  - { id: a, tool: render/get_service, params: { id: one }, cache: { ttl: 1h, scope: project } }
`;

const call = ['call', 'render/get_service', 'id=one', '--json'];

function runnerIn(
  place: CliProject,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<CommandResult> {
  return place.runner(args, { env: { MCP_BRIDGE_URL: bridge.url, ...env } });
}

function runner(...args: readonly string[]): Promise<CommandResult> {
  return runnerIn(project, args);
}

async function json(args: readonly string[], env: Record<string, string> = {}): Promise<Record<string, unknown>> {
  return JSON.parse((await runnerIn(project, [...args, '--json'], env)).stdout) as Record<string, unknown>;
}

describe('runner cache stats', () => {
  it('tells what is kept, hits and misses, and whether the cache is on', async () => {
    await runner(...call);
    await runner(...call);

    expect(await json(['cache', 'stats'])).toMatchObject({
      on: true,
      because: 'built-in',
      entries: 1,
      hits: 1,
      misses: 1,
      hit_rate: 0.5,
      max_entries: 10_000,
      servers: [{ server: 'render', entries: 1 }],
      trouble: null,
    });
  });

  it('keeps to the size that runner.yaml gives', async () => {
    await project.write('runner.yaml', 'cache: { max_entries: 2 }\n');

    for (const id of ['one', 'two', 'three']) await runner('call', 'render/get_service', `id=${id}`);

    expect(await json(['cache', 'stats'])).toMatchObject({ entries: 2, max_entries: 2 });
  });
});

describe('runner cache clear', () => {
  it('forgets the results of a server, or of a tool', async () => {
    await runner(...call);
    await runner('call', 'render/list_service');
    await runner('call', 'github/get_metric');

    expect(await json(['cache', 'clear', '--server', 'render', '--tool', 'get_service'])).toEqual({ cleared: 1 });
    expect(await json(['cache', 'clear', '--server', 'render'])).toEqual({ cleared: 1 });
    expect((await runner('cache', 'clear')).stdout).toBe('1 result forgotten\n');
  });
});

describe('runner cache off', () => {
  it('keeps every process from using the cache, until it is on again', async () => {
    await runner(...call);

    const off = await runner('cache', 'off');
    await runner(...call);
    const stats = await runner('cache', 'stats');
    await runner('cache', 'on');
    const cached = await runner(...call);

    expect(off.stdout).toContain('The cache is off.');
    expect(stats.stdout).toContain('The cache is off: runner cache says so.');
    expect(bridge.stats().requests).toBe(2);
    expect(JSON.parse(cached.stdout)).toMatchObject({ cached: true });
  });

  it('answers with a document too', async () => {
    expect(await json(['cache', 'off'])).toEqual({ on: false, because: 'runner cache' });
    expect(await json(['cache', 'on'])).toEqual({ on: true, because: 'built-in' });
  });

  it('reaches a run that is under way', async () => {
    await project.write(
      'workflows/slow.yaml',
      `steps:\n  - { tool: render/get_service }\n${gate}  - wait: 2s\n  - { tool: render/get_service }\n`,
    );
    const run = project.start(['run', 'slow'], { env: { MCP_BRIDGE_URL: bridge.url } });
    await run.sees('at the gate');

    await runner('cache', 'off');
    await project.write('go', '');

    expect((await run.ended).code).toBe(0);
    expect(bridge.stats().requests).toBe(2);
  });

  it('is not undone against the environment', async () => {
    const { stdout } = await runnerIn(project, ['cache', 'on'], { MCP_CACHE_ENABLED: 'false' });

    expect(stdout).toContain('stays off here: MCP_CACHE_ENABLED says so');
  });
});

// A look-up that takes longer than its 50 ms is a miss, so that on a slow machine it may take more than one.
describe('a shared cache', () => {
  it('gives one machine the results of another', async () => {
    const env = { MCP_CACHE_REDIS_URL: (await startRedis()).url };
    const shared = { place: env.MCP_CACHE_REDIS_URL, trouble: null };
    await expect
      .poll(async () => {
        await runnerIn(project, ['run', 'look'], env);
        return json(['cache', 'stats'], env);
      })
      .toMatchObject({ entries: 1, shared });

    bridge.setRules({ 'render/get_service': { status: 403 } });
    const found = async (): Promise<unknown> =>
      JSON.parse((await runnerIn(elsewhere, ['run', 'look', '--json'], env)).stdout);

    await expect.poll(found).toMatchObject({ success: true, steps: [{ cached: true }] });
  });

  it('forgets on all machines what a write on one of them has made old', async () => {
    const env = { MCP_CACHE_REDIS_URL: (await startRedis()).url };
    const isCached = async (): Promise<unknown> =>
      (JSON.parse((await runnerIn(project, call, env)).stdout) as { readonly cached: boolean }).cached;
    await expect.poll(isCached).toBe(true);

    const isCachedAfterWrite = async (): Promise<unknown> => {
      await runnerIn(elsewhere, ['call', 'render/update_service', 'id=one'], env);
      return isCached();
    };

    await expect.poll(isCachedAfterWrite).toBe(false);
  });

  it('that is away fails no run, and is shown by `cache stats`, `cache clear` and `doctor`', async () => {
    const env = { MCP_CACHE_REDIS_URL: `redis://:hunter22@127.0.0.1:${await freePort()}` };

    const run = await runnerIn(project, ['run', 'look'], env);
    const stats = await runnerIn(project, ['cache', 'stats'], env);
    const cleared = await runnerIn(project, ['cache', 'clear'], env);
    const doctor = await runnerIn(project, ['doctor'], env);

    expect(run.code).toBe(0);
    expect([stats.code, stats.stderr]).toEqual([0, expect.stringContaining('ECONNREFUSED')]);
    expect([cleared.code, cleared.stderr]).toEqual([1, expect.stringContaining('ECONNREFUSED')]);
    expect(doctor.stdout).toContain('ECONNREFUSED');
    expect(JSON.stringify([run, stats, cleared, doctor])).not.toContain('hunter22');
  });
});
