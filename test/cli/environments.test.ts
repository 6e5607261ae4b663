import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBridge } from '../../bench/fake-bridge.mjs';
import { makeProject } from '../support/cli.ts';
import type { CliProject } from '../support/cli.ts';

let staging: Awaited<ReturnType<typeof startBridge>>;
let production: Awaited<ReturnType<typeof startBridge>>;
let project: CliProject;

beforeAll(async () => {
  [staging, production] = await Promise.all([startBridge(), startBridge()]);
});

afterAll(() => Promise.all([staging.close(), production.close()]));

beforeEach(async () => {
  staging.reset();
  production.reset();
  project = await makeProject({
    'runner.yaml':
      `bridge: { url: "${staging.url}" }\nenvironments:\n  staging: {}\n` +
      `  production: { bridge: { url: "${production.url}", api_key: "\${KEY}" } }\n`,
    'workflows/look.yaml':
      'name: look\nsteps:\n  - id: status\n    tool: render/get_service\n    cache: { scope: project }\n',
    'workflows/waiting.yaml': 'name: waiting\nsteps:\n  - id: pause\n    wait: 1h\n',
  });
});

afterEach(() => project.remove());

const key = { KEY: 'sesame-1' };

async function json(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const { stdout, stderr } = await project.runner([...args, '--json'], { env });
  return JSON.parse(stdout === '' ? `{"stderr":${JSON.stringify(stderr)}}` : stdout) as unknown;
}

async function interrupted(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const command = project.start(['run', 'waiting', ...args], { env });
  const output = await command.sees('pause: waits');
  command.child.kill('SIGKILL');
  await command.ended;
  return /run (\d{8}-\d{6}-\w{8})/.exec(output)?.[1] ?? '';
}

describe('what was recorded of a run', () => {
  it.each([['show'], ['logs']])('is told by %s where a variable of the settings is not set', async (command) => {
    await project.runner(['run', 'look']);
    const { stdout: listed } = await project.runner(['runs', '--json']);
    const { runs } = JSON.parse(listed) as { readonly runs: readonly { readonly run_id: string }[] };
    const env = { RUNNER_ENV: 'production' };

    const { code, stdout, stderr } = await project.runner([command, runs[0]?.run_id ?? ''], { env });

    expect(code).toBe(0);
    expect(stdout).toContain('status');
    expect(stderr).toContain('warning runner.yaml cannot be used. It is left out here');
  });
});

describe('--env', () => {
  it('chooses the settings of an environment, and is named by all that a run leaves behind', async () => {
    const { code, stderr, stdout } = await project.runner(['run', 'look', '--env', 'production'], { env: key });
    expect({ code, calls: [staging.stats().requests, production.stats().requests] }).toEqual({
      code: 0,
      calls: [0, 1],
    });
    expect(stderr + stdout).toMatch(/look: run \S+ in production/);
    expect(stderr + stdout).toContain('look succeeded in production after');

    await project.runner(['run', 'look']);

    expect(await json(['runs'])).toMatchObject({ runs: [{ environment: null }, { environment: 'production' }] });
    expect((await project.runner(['runs'])).stdout).toMatch(/ENV[^]*production/);
    expect(await json(['runs', '--env', 'production'], key)).toMatchObject({ runs: [{ environment: 'production' }] });
    expect(await json(['history', '--env', 'production'], key)).toMatchObject({
      executions: [{ tool: 'get_service', environment: 'production', cache: 'miss' }],
    });
    expect(await json(['metrics', '--env', 'production'], key)).toMatchObject({
      tools: [{ tool: 'get_service', environment: 'production', total_calls: 1 }],
    });
    expect((await project.runner(['metrics'])).stdout).toMatch(/ENV[^]*production/);
  });

  it('comes before RUNNER_ENV', async () => {
    const document = await json(['run', 'look', '--env', 'staging'], { RUNNER_ENV: 'production' });

    expect(document).toMatchObject({ success: true, environment: 'staging' });
  });

  it.each([
    ['--env', ['--env', 'prodution'], {}, 'runner.yaml has no environment "prodution". Did you mean "production"?'],
    ['RUNNER_ENV', [], { RUNNER_ENV: 'live' }, 'which RUNNER_ENV names. It has: staging, production.'],
  ] as const)('tells what there is instead of an unknown name: %s', async (_, args, env, text) => {
    const { code, stderr } = await project.runner(['run', 'look', ...args], { env });

    expect(code).toBe(2);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(text);
  });

  it('keeps the cached results of environments apart', async () => {
    await project.runner(['run', 'look', '--env', 'staging']);
    await project.runner(['run', 'look']);
    await project.runner(['run', 'look', '--env', 'staging']);

    expect(staging.stats().requests).toBe(2);
  });
});

describe('a run of an environment', () => {
  it('goes on in it, whatever RUNNER_ENV says', async () => {
    const id = await interrupted(['--env', 'production'], key);

    const command = project.start(['resume', id], { env: { ...key, RUNNER_ENV: 'staging' } });
    const output = await command.sees('in production');
    command.child.kill('SIGTERM');

    expect((await command.ended).code).toBe(143);
    expect(output).toContain(id);
  });

  it('does not go on in another', async () => {
    const id = await interrupted(['--env', 'production'], key);

    const { code, stderr } = await project.runner(['resume', id, '--env', 'staging'], { env: key });

    expect(code).toBe(2);
    expect(stderr).toContain(`Run ${id} began in the environment "production", and cannot go on in "staging".`);
  });

  it('is cancelled in it', async () => {
    const id = await interrupted(['--env', 'production'], key);

    expect((await project.runner(['cancel', id], { env: key })).code).toBe(0);
  });

  it('is continued by resume --all beside the others, each in its own', async () => {
    await interrupted(['--env', 'production'], key);
    await interrupted([]);

    const command = project.start(['resume', '--all', '--json'], { env: { RUNNER_ENV: 'staging' } });
    while (!JSON.stringify(await json(['runs', '--status', 'waiting'])).includes('run_id')) continue;
    command.child.kill('SIGTERM');
    const { stdout } = await command.ended;

    expect(JSON.parse(stdout)).toMatchObject({
      runs: [{ error: { code: 'CONFIG_INVALID' } }, { environment: null, status: 'interrupted' }],
    });
  });
});
