import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBridge } from '../../bench/fake-bridge.mjs';
import { makeProject, runnerFile, type CliProject } from '../support/cli.ts';
import { chain, recovery } from '../support/cli-workflows.ts';

let bridge: Awaited<ReturnType<typeof startBridge>>;
let project: CliProject;

beforeAll(async () => {
  bridge = await startBridge({ apiKey: 'bridge-key-4711', record: 20 });
});

afterAll(() => bridge.close());

beforeEach(async () => {
  bridge.reset();
  project = await makeProject({ 'workflows/chain.yaml': chain, 'workflows/recovery.yaml': recovery });
});

afterEach(() => project.remove());

function runner(...args: readonly string[]) {
  return project.runner(args, {
    env: { MCP_BRIDGE_URL: bridge.url, MCP_API_KEY: 'bridge-key-4711', MCP_RETRY_DELAY_BASE: '0.01' },
  });
}

async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await runner(...args, '--json');
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('runner validate', () => {
  it('checks all workflows of the project', async () => {
    const { code, stdout } = await runner('validate');

    expect([code, stdout]).toEqual([
      0,
      '✓ workflows/chain.yaml\n✓ workflows/recovery.yaml\n2 files, 0 errors, 0 warnings\n',
    ]);
  });

  it('shows every fault of every file with its line, and ends with 2', async () => {
    await project.write('more/bad.yaml', 'name: bad\nsteps:\n  - tol: a/b\n');

    const { code, stdout } = await runner('validate', 'more', 'chain');

    expect(code).toBe(2);
    expect(stdout).toContain('  3 |   - tol: a/b');
    expect(stdout).toContain('✗ more/bad.yaml');
    expect(stdout).toContain('✓ workflows/chain.yaml');
  });

  it('accepts what this version cannot execute, and says so', async () => {
    await project.write(
      'workflows/later.yaml',
      'name: later\nsteps:\n  - tool: render/restart_service\n    budget: { max: 1, per: 1h, then: approve }\n',
    );

    const { code, stdout } = await runner('validate', 'later');

    expect(code).toBe(0);
    expect(stdout).toContain('this version cannot execute all of it yet');
    expect(await json('validate', 'later')).toMatchObject({ valid: true, results: [{ valid: true, can_run: false }] });
  });

  it('warns of tools that the catalogue does not list, without using the network', async () => {
    await runner('tools', 'sync');
    await project.write('workflows/typo.yaml', 'name: typo\nsteps:\n  - tool: render/get_servise\n');
    const before = bridge.stats().requests;

    const { code, stdout } = await runner('validate', 'typo');

    expect(code).toBe(0);
    expect(stdout).toContain('render/get_service');
    expect(bridge.stats().requests).toBe(before);
  });

  it('names what it cannot find, with 2', async () => {
    const { code, stderr } = await runner('validate', 'nowhere.yaml');

    expect(code).toBe(2);
    expect(stderr).toContain('error WORKFLOW_NOT_FOUND: nowhere.yaml does not exist.');
  });
});

describe('what a run leaves behind', () => {
  it('is listed, newest first, and filtered', async () => {
    await runner('run', 'recovery', '-i', 'id=one');
    bridge.setRules({ 'render/get_service': { status: 404 } });
    await runner('run', 'recovery', '-i', 'id=two');

    const all = (await json('runs')) as { runs: { status: string; inputs: object }[] };
    const failed = (await json('runs', '--status', 'failed', '--since', '1h', '--workflow', 'recovery')) as typeof all;
    const { stdout } = await runner('runs', '--limit', '1');

    expect(all.runs.map(({ status }) => status)).toEqual(['failed', 'succeeded']);
    expect(failed.runs.map(({ inputs }) => inputs)).toEqual([{ id: 'two' }]);
    expect(stdout.split('\n')).toHaveLength(3);
  });

  it('is shown with steps, attempts, params, results and errors', async () => {
    bridge.setRules({ 'render/get_service': [{ status: 503 }, { result: { id: 'srv-9' } }] });
    const { run_id: id } = (await json('run', 'recovery', '-i', 'id=one')) as { run_id: string };

    const { code, stdout } = await runner('show', id.slice(-8));

    expect(code).toBe(0);
    expect(stdout).toContain(id);
    expect(stdout).toMatch(/inputs\s+\{"id":"one"\}/);
    expect(stdout).toMatch(/call\s+\{"kind":"tool","server":"render","tool":"get_service","params":\{"id":"one"\}\}/);
    expect(stdout).toMatch(/#1 .*http\.503/);
    expect(stdout).toMatch(/result\s+\{"id":"srv-9"\}/);
  });

  it('is shown without a way back to where the reader is, and with each error beside its step', async () => {
    bridge.setRules({ 'render/get_service': { status: 404, body: 'nothing here' } });
    const { run_id: id } = (await json('run', 'recovery', '-i', 'id=two')) as { run_id: string };

    const { stdout } = await runner('show', id);

    expect(stdout).not.toContain(`runner show ${id}`);
    expect(stdout).toMatch(/\n✗ status +[\d.]+m?s {2}render\/get_service\n {6}call/);
    expect(stdout.match(/^ +error /gm)).toHaveLength(2);
  });

  it('is told line by line', async () => {
    const { run_id: id } = (await json('run', 'recovery', '-i', 'id=one')) as { run_id: string };

    const { stdout } = await runner('logs', id);
    const { lines } = (await json('logs', id, '--all')) as { lines: { step: string; text: string }[] };

    expect(stdout).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z info {2}started\n/);
    expect(stdout).toContain('restart: succeeded');
    expect(lines.some(({ step, text }) => step === 'restart' && text === 'attempt 1 begins')).toBe(true);
  });

  it('is not found under an unknown id: 2', async () => {
    const { code, stderr } = await runner('show', 'nothing');

    expect(code).toBe(2);
    expect(stderr).toContain('error RUN_NOT_FOUND');
  });
});

describe('runner call', () => {
  it('prints the bare result, and is logged like a step', async () => {
    const { code, stdout } = await runner('call', 'render/get_service', 'name=demo', 'limit:=3');
    const { executions } = (await json('history')) as { executions: object[] };

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ id: 'res_1', name: 'demo', limit: 3 });
    expect(executions).toEqual([
      {
        execution_id: expect.any(String) as string,
        run_id: expect.anything() as unknown,
        step: expect.anything() as unknown,
        kind: 'tool',
        server: 'render',
        tool: 'get_service',
        version: null,
        environment: null,
        cost: null,
        params: { name: 'demo', limit: 3 },
        status: 'success',
        error: null,
        duration_ms: expect.any(Number) as number,
        cache: 'miss',
        retry_count: 0,
        fallback_used: false,
        waited_ms: 0,
        timestamp: expect.any(String) as string,
      },
    ]);
  });

  it('names its entry of the execution log with --json', async () => {
    const { execution_id: id } = (await json('call', 'render/get_service')) as { execution_id: string };
    const { executions } = (await json('history')) as { executions: { execution_id: string }[] };

    expect(executions.map((each) => each.execution_id)).toEqual([id]);
  });

  it('answers reads from the cache until it is told not to, or it is cleared', async () => {
    const call = ['call', 'render/get_service', '--params', '{"id":"x"}'] as const;

    await runner(...call);
    const cached = await json(...call);
    const stats = await json('cache', 'stats');
    const cleared = await runner('cache', 'clear', 'render');
    await runner(...call);
    await runner(...call, '--no-cache');

    expect(cached).toMatchObject({ cached: true, success: true });
    expect(stats).toMatchObject({ entries: 1, servers: [{ server: 'render', entries: 1 }] });
    expect(cleared.stdout).toBe('1 result forgotten\n');
    expect(bridge.stats().effects).toBe(3);
  });

  it('does not mix results of the sandbox with those of the bridge', async () => {
    await project.runner(['call', 'render/render_get_service', 'serviceId=srv-demo', '--sandbox']);

    const { stdout } = await runner('call', 'render/render_get_service', 'serviceId=srv-demo');

    expect(JSON.parse(stdout)).toEqual({ id: 'res_1', serviceId: 'srv-demo' });
  });

  it('repeats a read that fails, and says so on stderr', async () => {
    bridge.setRules({ 'render/get_service': [{ status: 503 }] });

    const { code, stderr } = await runner('call', 'render/get_service');

    expect(code).toBe(0);
    expect(stderr).toContain('attempt 1 failed');
  });

  it('ends with 1 when the tool fails', async () => {
    bridge.setRules({ 'render/*': { status: 404, body: { error: 'no such service' } } });

    const { code, stdout, stderr } = await runner('call', 'render/get_service');

    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('no such service');
  });

  it.each([
    ['a name that is none', ['call', 'render'], 'TOOL_NAME_INVALID'],
    ['params that are no object', ['call', 'a/b', '--params', '[1]'], 'USAGE'],
  ])('refuses %s with 2', async (_, args, code) => {
    const result = await runner(...args);

    expect(result.code).toBe(2);
    expect(result.stderr).toContain(`error ${code}`);
  });
});

describe('runner metrics', () => {
  it('counts calls, failures, retries and cache hits per tool', async () => {
    bridge.setRules({ 'render/get_service': [{ status: 503 }] });
    await runner('call', 'render/get_service');
    await runner('call', 'render/get_service');

    const { tools } = (await json('metrics', 'render/get_service')) as { tools: object[] };
    const { stdout } = await runner('metrics', 'render/get_service');

    expect(tools[0]).toMatchObject({ total_calls: 2, failed_calls: 0, retries: 1, cache_hits: 1, cache_misses: 1 });
    expect(stdout).toMatch(/calls\s+2: 2 succeeded, 0 failed/);
  });

  it('does not take a log that cannot be read for an empty one', async () => {
    await project.write('.runner/telemetry.db/in-the-way', '');

    expect(await runner('metrics')).toMatchObject({ code: 6, stdout: '' });
    expect(await runner('history')).toMatchObject({ code: 6, stdout: '' });
  });

  it('says so when there are none', async () => {
    expect(await runner('metrics')).toMatchObject({ code: 0, stdout: '', stderr: 'No call is on record.\n' });
  });
});

describe('runner tools', () => {
  it('lists what the bridge offers, by words and by server, with use counts', async () => {
    await runner('call', 'render/get_service');

    const all = (await json('tools')) as { tools: { server: string; name: string; calls: number }[] };
    const some = (await json('tools', 'restart render')) as typeof all;
    const { stdout } = await runner('tools', '--server', 'openai');

    expect(all.tools).toHaveLength(245);
    expect(all.tools.find(({ calls }) => calls > 0)).toMatchObject({ server: 'render', name: 'get_service', calls: 1 });
    expect(some.tools.every(({ server, name }) => server === 'render' && name.startsWith('restart'))).toBe(true);
    expect(stdout).toContain('openai/get_service');
    expect(stdout).not.toContain('render/');
  });

  it('shows one tool with its parameters', async () => {
    const { stdout } = await runner('tools', 'render/restart_service');

    expect(stdout).toMatch(/^render\/restart_service\n\s+does\s+restart_service on render\n\s+params\s+\{/);
  });

  it('reads the catalogue anew with sync', async () => {
    const { stdout } = await runner('tools', 'sync');

    expect(stdout).toMatch(/^245 tools of 10 servers: render, /);
  });

  it('ends with 1 when the bridge cannot be reached or refuses the key', async () => {
    const gone = await project.runner(['tools'], { env: { MCP_BRIDGE_URL: 'http://127.0.0.1:1' } });
    const refused = await project.runner(['tools'], { env: { MCP_BRIDGE_URL: bridge.url, MCP_API_KEY: 'wrong-key' } });

    expect([gone.code, refused.code]).toEqual([1, 1]);
    expect(gone.stderr).toContain('error BRIDGE_UNREACHABLE');
    expect(refused.stderr).toContain('error BRIDGE_KEY_REFUSED');
  });
});

describe('runner doctor', () => {
  it('is content with a project that can run', async () => {
    await project.write('runner.yaml', 'bridge: sandbox\n');

    const { code, stdout } = await project.runner(['doctor']);

    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => line.startsWith('ok'))).toHaveLength(8);
  });

  it('says which circuits are open, and whether the limits can be shared', async () => {
    await project.runner(['breakers', 'open', 'render/restart']);
    const open = await project.runner(['doctor']);
    await project.write('.runner/limits.db', 'x'.repeat(5_000));

    const damaged = await project.runner(['doctor', '--json']);

    expect(open.stdout).toContain('open circuits: render/restart (see: runner breakers)');
    expect((JSON.parse(damaged.stdout) as { checks: object[] }).checks).toContainEqual({
      subject: 'limits',
      verdict: 'warn',
      text: expect.stringMatching(/damaged, was set aside/) as string,
      remedy: expect.stringContaining('docs/limits.md') as string,
    });
  });

  it('names each fault with its remedy, and ends with 1', async () => {
    await project.write('workflows/bad.yaml', 'name: bad\nsteps: []\n');

    const result = await project.runner(['doctor', '--json'], { env: { MCP_BRIDGE_URL: 'http://127.0.0.1:1' } });
    const { healthy, checks } = JSON.parse(result.stdout) as { healthy: boolean; checks: { subject: string }[] };

    expect([result.code, healthy]).toEqual([1, false]);
    expect(checks.find(({ subject }) => subject === 'bridge')).toMatchObject({ verdict: 'fail' });
    expect(checks.find(({ subject }) => subject === 'workflows')).toMatchObject({
      verdict: 'fail',
      text: expect.stringContaining('workflows/bad.yaml') as string,
      remedy: 'See why with: runner validate',
    });
  });
});

describe('runner sandbox', () => {
  it('serves until a signal ends it, for others to use', async () => {
    const command = project.start(['sandbox', '--port', '0']);
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(await command.sees('http://'))?.[0] ?? '';

    const { code } = await project.runner(['call', 'render/render_get_service', 'serviceId=srv-demo'], {
      env: { MCP_BRIDGE_URL: url },
    });
    command.child.kill('SIGINT');

    expect([code, (await command.ended).code]).toEqual([0, 0]);
  });
});

describe('the command line', () => {
  it('prints help with examples, and its version', async () => {
    const { code, stdout } = await runner('--help');

    expect(code).toBe(0);
    expect(stdout).toContain('Examples:');
    expect((await runner('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await runner('run', '--help')).stdout).toContain('--dry-run');
  });

  it.each([
    [['rnu'], 'Did you mean run?'],
    [['run', 'chain', '--inptu', 'a=b'], 'Did you mean --input'],
    [['runs', '--status', 'broken'], 'Give one of: queued'],
    [['runs', '--limit', '0'], 'Give a number from 1 to 10000'],
    [['runs', '--since', 'yesterday'], 'Give a duration'],
  ])('refuses %j with 2 and a hint', async (args, hint) => {
    const { code, stderr } = await runner(...args);

    expect(code).toBe(2);
    expect(stderr).toContain(hint);
  });

  it('ends quietly when nobody reads its output any more', async () => {
    const { stdout, stderr } = await promisify(execFile)(
      'bash',
      ['-c', `"$0" "$1" tools | head -n 1; echo "\${PIPESTATUS[0]}"`, process.execPath, runnerFile],
      { cwd: project.root, env: { ...process.env, MCP_BRIDGE_URL: bridge.url, MCP_API_KEY: 'bridge-key-4711' } },
    );

    expect(stdout).toMatch(/^TOOL.*\n0\n$/);
    expect(stderr).not.toContain('EPIPE');
  });

  it('shows a stack only when RUNNER_DEBUG=1 asks for it', async () => {
    const plain = await runner('show', 'nothing');
    const debug = await project.runner(['show', 'nothing'], { env: { RUNNER_DEBUG: '1' } });

    expect(plain.stderr).not.toMatch(/^\s+at /m);
    expect(debug.stderr).toMatch(/^\s+at /m);
  });
});
