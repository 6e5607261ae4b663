import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeProject } from '../support/cli.ts';
import type { CliProject } from '../support/cli.ts';

let project: CliProject;

beforeEach(async () => {
  project = await makeProject({ 'runner.yaml': 'workflows: [workflows]\n' });
});

afterEach(() => project.remove());

const runner = (...args: readonly string[]) => project.runner(args);

describe('runner state', () => {
  it('says that nothing is kept', async () => {
    expect(await runner('state', 'list')).toMatchObject({ code: 0, stderr: 'No value is kept.\n' });
  });

  it('keeps a value, shows it, and forgets it', async () => {
    expect(await runner('state', 'set', 'cursor', '{"page":7}')).toMatchObject({
      code: 0,
      stdout: 'cursor is kept.\n',
    });

    expect(await runner('state', 'get', 'cursor')).toMatchObject({ stdout: '{"page":7}\n' });
    expect((await runner('state', 'list')).stdout).toMatch(
      /WORKFLOW +NAME +CHANGED +EXPIRES +VALUE\n- +cursor .* - +{"page":7}\n/,
    );
    expect(await runner('state', 'delete', 'cursor')).toMatchObject({ code: 0, stdout: 'cursor is forgotten.\n' });
    expect(await runner('state', 'get', 'cursor', '--json')).toMatchObject({ code: 2 });
  });

  it('tells the values of a workflow from those of the project, and those of the sandbox from both', async () => {
    await runner('state', 'set', 'cursor', '1');
    await runner('state', 'set', 'cursor', '2', '--workflow', 'sync');
    await runner('state', 'set', 'cursor', '3', '--sandbox');

    const { stdout } = await runner('state', 'list', '--json');

    const { values } = JSON.parse(stdout) as { readonly values: readonly object[] };
    expect(values).toMatchObject([
      { name: 'cursor', workflow: null, value: 1 },
      { name: 'cursor', workflow: 'sync', value: 2 },
    ]);
    expect(await runner('state', 'get', 'cursor', '--workflow', 'sync')).toMatchObject({ stdout: '2\n' });
  });

  it('takes a text as it is with --text, and forgets in time with --expires', async () => {
    const { stdout } = await runner('state', 'set', 'token', '{no json', '--text', '--expires', '7d', '--json');

    const value = JSON.parse(stdout) as { readonly value: string; readonly expires_at: string };
    expect(value.value).toBe('{no json');
    expect(Date.parse(value.expires_at)).toBeGreaterThan(Date.now() + 518_400_000);
  });

  it('shows what a state step has put, also where that is all that a run does', async () => {
    const steps = 'steps:\n  - state: { put: seen, value: { page: 3 } }\n';
    await project.write('workflows/sync.yaml', `name: sync\n${steps}`);

    expect(await runner('run', 'sync')).toMatchObject({ code: 0 });

    expect(await runner('state', 'get', 'seen', '--workflow', 'sync')).toMatchObject({ stdout: '{"page":3}\n' });
  });

  it('shows nothing of what a run in the sandbox has put', async () => {
    await project.write('workflows/sync.yaml', 'name: sync\nsteps:\n  - state: { put: seen, value: 1 }\n');

    expect(await runner('run', 'sync', '--sandbox')).toMatchObject({ code: 0 });

    expect(await runner('state', 'list')).toMatchObject({ stderr: 'No value is kept.\n' });
  });

  it('says where a value is that was looked for in the wrong place', async () => {
    await runner('state', 'set', 'cursor', '1', '--workflow', 'sync');

    expect((await runner('state', 'get', 'cursor')).stderr).toContain('Add --workflow sync');
  });
});
