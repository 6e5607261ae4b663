import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InvalidFileError } from '../../src/interfaces/library/index.ts';
import { openApp } from '../../src/app/app.ts';
import { resumeRun } from '../../src/app/continue-run.ts';
import { gate } from '../support/cli-workflows.ts';
import { libraryProject } from '../support/library.ts';

const greet = `
name: greet
inputs: { person: string, times: { type: integer, default: 1 } }
steps:
  - { id: found, tool: crm/get_person, params: { name: $person } }
  - { tool: slack/post_message, params: { text: 'Hello $found.name, $times times' } }
output: { greeted: $found.name }
`;
const nap = 'name: nap\nsteps:\n  - { id: first, tool: crm/add_note }\n  - wait: 1h\n';

describe('a run', () => {
  it('of a workflow gives its output and its steps', async () => {
    const { runner, bridge } = await libraryProject(() => ({ result: { name: 'Ada' } }), {
      'workflows/greet.yaml': greet,
    });

    const answer = await runner.run<{ greeted: string }>('greet', { person: 'ada' });

    expect(answer.success && answer.output.greeted).toBe('Ada');
    expect(answer.steps.map(({ id, status }) => [id, status])).toEqual([
      ['found', 'succeeded'],
      [null, 'succeeded'],
    ]);
    expect(bridge.calls[1]?.params).toEqual({ text: 'Hello Ada, 1 times' });
  });

  it('takes the path of a file as well', async () => {
    const { runner } = await libraryProject(() => ({ result: { name: 'Ada' } }), { 'elsewhere/greet.yaml': greet });

    expect(await runner.run('elsewhere/greet.yaml', { person: 'ada' })).toMatchObject({ success: true });
  });

  it('tells why it failed', async () => {
    const { runner } = await libraryProject(() => ({ status: 404 }), { 'workflows/greet.yaml': greet });

    const answer = await runner.run('greet', { person: 'ada' });

    expect(answer).toMatchObject({ success: false, status: 'failed', output: null, error: { step: 'found' } });
  });

  it('that is dry makes no writes', async () => {
    const { runner, bridge } = await libraryProject(() => ({ result: { name: 'Ada' } }), {
      'workflows/greet.yaml': greet,
    });

    const answer = await runner.run('greet', { person: 'ada' }, { dryRun: true });

    expect(bridge.calls.map(({ tool }) => tool)).toEqual(['get_person']);
    expect(answer).toMatchObject({ dryRun: true, success: true });
  });

  it('does not begin with inputs that are wrong, a name that is unknown, or a file that is wrong', async () => {
    const { runner, bridge } = await libraryProject(() => ({ result: 1 }), {
      'workflows/greet.yaml': greet,
      'workflows/wrong.yaml': 'name: wrong\nsteps:\n  - tol: a/b\n',
    });

    await expect(runner.run('greet')).rejects.toMatchObject({ code: 'INPUT_MISSING' });
    await expect(runner.run('grete')).rejects.toMatchObject({ code: 'WORKFLOW_NOT_FOUND' });
    await expect(runner.run('wrong')).rejects.toBeInstanceOf(InvalidFileError);
    expect(bridge.calls).toEqual([]);
  });

  it('is cancelled by its signal', async () => {
    const { runner, bridge } = await libraryProject(() => 'silence', { 'workflows/nap.yaml': nap });
    const abort = new AbortController();

    const running = runner.run('nap', {}, { signal: abort.signal });
    await bridge.arrived(1);
    abort.abort();

    expect(await running).toMatchObject({ success: false, status: 'cancelled' });
  });

  it('is left interrupted when the runner is closed, and another process resumes it', async () => {
    const wake = nap.replace('  - wait: 1h\n', gate);
    const { runner, bridge, folder } = await libraryProject(() => ({ result: 1 }), { 'workflows/nap.yaml': wake });
    const running = runner.run('nap');
    await bridge.arrived(1);
    await runner.close();
    const { status, runId } = await running;
    writeFileSync(join(folder, 'go'), '');

    const app = await openApp({ cwd: folder, variables: { MCP_BRIDGE_URL: bridge.url } });
    const resumed = await resumeRun(app, runId, { begins: () => undefined, events: () => undefined });

    expect(status).toBe('interrupted');
    expect(await resumed.done).toMatchObject({ status: 'succeeded' });
    expect(bridge.calls).toHaveLength(1);
    await app.close();
  });
});

describe('a runner', () => {
  it('that is closed refuses everything', async () => {
    const { runner } = await libraryProject(() => ({ result: 1 }));
    await runner.call('a/get_b');

    await runner.close();

    await expect(runner.call('a/get_b')).rejects.toThrow('has been closed');
    await expect(runner.history()).rejects.toThrow('has been closed');
    await expect(runner.close()).resolves.toBeUndefined();
  });

  it('adds up what all runners of the project did', async () => {
    const { runner, another } = await libraryProject((call) =>
      call.tool === 'get_b' ? { result: 1 } : { status: 400 },
    );
    await runner.call('a/get_b');
    await runner.call('a/get_b');
    await runner.call('a/send');
    await runner.close();

    const later = another();

    expect(await later.metrics({ server: 'a', tool: 'get_b' })).toMatchObject([
      { totalCalls: 2, successRate: 1, cacheHits: 1, cacheHitRate: 0.5 },
    ]);
    expect(await later.performance()).toMatchObject({ totalToolsUsed: 2, totalExecutions: 3, cacheEnabled: true });
    expect(await later.history({ success: false })).toMatchObject([{ tool: 'send', error: { code: 'http.400' } }]);
  });

  it('refuses a limit that is none', async () => {
    const { runner } = await libraryProject(() => ({ result: 1 }));

    await expect(runner.history({ limit: 0 })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('reads a configuration again that could not be used', async () => {
    const { runner, folder } = await libraryProject(() => ({ result: 1 }), { 'runner.yaml': 'bridge: [' });
    await expect(runner.call('a/get_b')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });

    const { writeFileSync } = await import('node:fs');
    writeFileSync(`${folder}/runner.yaml`, 'workflows: [flows]\n');

    expect(await runner.call('a/get_b')).toMatchObject({ success: true });
  });
});
