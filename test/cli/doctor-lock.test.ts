import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChangingBridge, tool } from '../support/changing-bridge.ts';
import { makeProject } from '../support/cli.ts';
import type { CliProject, CommandResult } from '../support/cli.ts';

const restart = { type: 'object', required: ['id'], properties: { id: { type: 'string' }, limit: {} } };

let bridge: ChangingBridge;
let url: string;
let project: CliProject;

beforeEach(async () => {
  bridge = new ChangingBridge([tool('look', { type: 'object' }), tool('restart', restart)]);
  url = await bridge.start();
  project = await makeProject({
    'workflows/restart.yaml': 'steps:\n  - tool: far/look\n  - { tool: far/restart, params: { id: srv-1 } }\n',
  });
});

afterEach(async () => {
  bridge.stop();
  await project.remove();
});

function runner(...args: readonly string[]): Promise<CommandResult> {
  return project.runner(args, { env: { MCP_BRIDGE_URL: url } });
}

async function lockLine(): Promise<string | undefined> {
  return (await runner('doctor')).stdout.split('\n').find((line) => /^\w+ +lock /.test(line));
}

describe('runner doctor, where there is a lock', () => {
  it('says that it holds, that words changed, or that calls fail', async () => {
    await runner('lock');
    const same = await lockLine();
    bridge.tools[1] = { ...tool('restart', restart), description: 'Restarts' };
    const reworded = await lockLine();
    bridge.tools[1] = tool('restart', { ...restart, required: ['id', 'limit'] });
    const broken = await lockLine();
    bridge.tools.pop();

    expect([same, reworded, broken, await lockLine()]).toEqual([
      expect.stringMatching(/^ok .*holds for 2 tools/),
      expect.stringMatching(/^warn .*1 tool of 2 in runner.lock.yaml changed, and no call fails for it: far\/restart/),
      expect.stringMatching(/^fail .*1 tool of 2 in runner.lock.yaml changed, so that calls fail: far\/restart/),
      expect.stringMatching(/^fail .*so that calls fail: far\/restart/),
    ]);
  });

  it('says that the lock cannot be used', async () => {
    await project.write('runner.lock.yaml', 'tools: [');

    expect(await lockLine()).toMatch(/^fail .*runner.lock.yaml cannot be used/);
  });

  it('names patterns of runner.yaml that cover nothing, as validate does', async () => {
    await project.write('runner.yaml', "policies: { 'far/*': { retry: none }, 'fra/*': { retry: none } }\n");
    await runner('tools', 'sync');

    const [doctor, all, one] = [await runner('doctor'), await runner('validate'), await runner('validate', 'restart')];

    expect(doctor.stdout).toMatch(/^warn +configuration +runner\.yaml:1 .*`fra\/\*`/m);
    expect(all.stdout).toMatch(/^runner\.yaml:1:\d+ PATTERN_COVERS_NOTHING[^]*Did you mean `far\/\*`\?/);
    expect(one.stdout).not.toContain('PATTERN_COVERS_NOTHING');
  });
});
