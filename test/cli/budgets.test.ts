import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { startBridge } from '../../bench/fake-bridge.mjs';
import { makeProject } from '../support/cli.ts';
import type { CliProject, CommandResult } from '../support/cli.ts';

let bridge: Awaited<ReturnType<typeof startBridge>>;
let project: CliProject;

beforeAll(async () => {
  bridge = await startBridge({});
});

afterAll(() => bridge.close());

const configuration = `policies:
  render/restart_service:
    budget: { key: restart, max: 2, per: 1h }
    cost: 0.1
`;

const recover = `steps:
  - { id: restart, tool: render/restart_service, params: { id: one } }
  - { tool: render/deploy_service, params: { id: one }, cost: 0.2 }
`;

beforeEach(async () => {
  bridge.reset();
  project = await makeProject({ 'runner.yaml': configuration, 'workflows/recover.yaml': recover });
});

afterEach(() => project.remove());

function runner(...args: readonly string[]): Promise<CommandResult> {
  return project.runner(args, { env: { MCP_BRIDGE_URL: bridge.url } });
}

async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
  return JSON.parse((await runner(...args, '--json')).stdout) as Record<string, unknown>;
}

describe('runner budgets', () => {
  it('tells what runs and single calls have used together, and when the next is free', async () => {
    await runner('run', 'recover');
    await runner('call', 'render/restart_service', 'id=one');

    const { code, stdout, stderr } = await runner('run', 'recover');
    const { budgets } = await json('budgets');
    const table = await runner('budgets');

    expect(code).toBe(1);
    expect(stdout + stderr).toContain('budget_exceeded: The budget "restart" allows 2 in 1h 00m, and 2 are used');
    expect(budgets).toEqual([
      { key: 'restart', used: 2, max: 2, per_ms: 3_600_000, next_at: expect.any(String) as string },
    ]);
    expect(table.stdout).toMatch(/BUDGET\s+USED\s+PER\s+NEXT FREE\nrestart\s+2\/2\s+1h 00m\s+\d{4}-/);
  });

  it('says so when there is none', async () => {
    expect((await runner('budgets')).stderr).toContain('No budget was used lately.');
  });
});

describe('runner metrics', () => {
  it('tells what each tool has cost', async () => {
    await runner('run', 'recover');
    await runner('call', 'render/get_service', 'id=one');

    const { tools } = await json('metrics');
    const table = await runner('metrics');
    const detail = await runner('metrics', 'render/deploy_service');

    expect(tools).toContainEqual(expect.objectContaining({ tool: 'restart_service', cost: 0.1 }));
    expect(tools).toContainEqual(expect.objectContaining({ tool: 'get_service', cost: null }));
    expect(table.stdout).toMatch(/COST[^]*render\/deploy_service.* 0\.2 /);
    expect(detail.stdout).toMatch(/cost +0\.2\n/);
  });
});

describe('runner costs', () => {
  it('adds up by day, workflow, tool and run', async () => {
    const run = await json('run', 'recover');
    await runner('call', 'render/restart_service', 'id=one');

    expect(run).toMatchObject({ cost: 0.3, steps: [{ cost: 0.1 }, { cost: 0.2 }] });
    expect(await json('costs')).toMatchObject({ by: 'day', total: 0.4, costs: [{ calls: 3, amount: 0.4 }] });
    expect(await json('costs', '--by', 'workflow')).toMatchObject({
      costs: [
        { name: 'recover', amount: 0.3 },
        { name: 'runner call', amount: 0.1 },
      ],
    });
    expect(await json('costs', '--by', 'tool', '--since', '1d')).toMatchObject({
      costs: [{ name: 'render/restart_service' }, { name: 'render/deploy_service' }],
    });
    expect((await runner('costs', '--by', 'run')).stdout).toMatch(/total\s+3\s+0\.4\n/);
    expect(await json('costs', '--since', '2100-01-01')).toEqual({ by: 'day', total: 0, costs: [] });
  });
});
