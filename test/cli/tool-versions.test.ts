import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBridge } from '../../bench/fake-bridge.mjs';
import { makeProject } from '../support/cli.ts';
import type { CliProject } from '../support/cli.ts';

let bridge: Awaited<ReturnType<typeof startBridge>>;
let project: CliProject;

beforeAll(async () => {
  bridge = await startBridge();
});

afterAll(() => bridge.close());

beforeEach(async () => {
  bridge.reset();
  project = await makeProject({
    'runner.yaml':
      `bridge: { url: "${bridge.url}" }\ntools:\n` +
      '  render/get_service@1: { tool: get_old }\n  render/get_service@2: { server: github, tool: get_new }\n',
    'workflows/both.yaml':
      'name: both\nsteps:\n  - { id: old, tool: render/get_service@1 }\n' +
      '  - { id: new, tool: render/get_service@2 }\n  - { id: current, tool: render/get_service }\n',
  });
});

afterEach(() => project.remove());

async function json(...args: readonly string[]): Promise<unknown> {
  return JSON.parse((await project.runner([...args, '--json'])).stdout) as unknown;
}

describe('versions of a tool', () => {
  it('are called side by side, each where it is mapped, and are counted apart', async () => {
    expect(await json('run', 'both')).toMatchObject({ success: true });

    expect(bridge.stats().tools).toMatchObject({
      'render/get_old': { calls: 1 },
      'github/get_new': { calls: 1 },
      'render/get_service': { calls: 1 },
    });
    expect(await json('history')).toMatchObject({
      executions: [
        { server: 'render', tool: 'get_service', version: null },
        { server: 'render', tool: 'get_service', version: '2' },
        { server: 'render', tool: 'get_service', version: '1' },
      ],
    });
    expect(await json('metrics', 'render/get_service@2')).toMatchObject({ tools: [{ version: '2', total_calls: 1 }] });
    expect((await project.runner(['metrics'])).stdout).toContain('render/get_service@2');
  });

  it('have results of their own in the cache', async () => {
    for (const version of ['1', '2', '2']) await project.runner(['call', `render/get_service@${version}`]);

    expect(bridge.stats().requests).toBe(2);
  });

  it('are listed, explained and locked under their own names', async () => {
    await project.write(
      'runner.yaml',
      'bridge: sandbox\ntools:\n  render/get_service@2: { tool: render_get_service, effect: idempotent }\n',
    );
    await project.write(
      'workflows/both.yaml',
      'steps:\n  - { tool: render/get_service@2, params: { serviceId: s } }\n',
    );

    const lock = await project.runner(['lock']);

    expect([lock.code, lock.stderr]).toEqual([0, '']);
    expect(await readFile(join(project.root, 'runner.lock.yaml'), 'utf8')).toContain(
      '  "render/get_service@2":\n    effect: "idempotent"\n',
    );
    expect((await project.runner(['tools', 'explain', 'render/get_service@2'])).stdout).toContain(
      'idempotent, by "tools" in runner.yaml, pattern render/get_service@2',
    );
    expect((await project.runner(['tools', '--server', 'render'])).stdout).toContain('get_service@2');
  });

  it('are refused where they are mapped nowhere', async () => {
    const { code, stderr } = await project.runner(['call', 'render/get_service@3']);

    expect(code).toBe(2);
    expect(stderr).toContain('render/get_service@3 is mapped to no tool');
    expect(stderr).toContain('Mapped are: 1, 2.');
  });
});
