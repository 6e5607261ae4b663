import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeProject, type CliProject } from '../support/cli.ts';

const greet = `name: greet
steps:
  - id: first
    set: { name: Ada }
  - id: second
    if: $first.name = 'Bob'
    log: Hello $first.name
`;

let project: CliProject;

beforeEach(async () => {
  project = await makeProject({
    'workflows/greet.yaml': greet,
    'workflows/later.yaml':
      'name: later\nsteps:\n  - id: both\n    parallel:\n      a: { wait: 1s }\n      b: { wait: 2s }\n',
  });
});

afterEach(() => project.remove());

async function ranOnce(): Promise<string> {
  const { stdout } = await project.runner(['run', 'greet', '--json']);
  return (JSON.parse(stdout) as { run_id: string }).run_id;
}

describe('runner graph', () => {
  it('draws a workflow as a tree', async () => {
    const { code, stdout } = await project.runner(['graph', 'greet']);

    expect([code, stdout]).toEqual([
      0,
      "greet\n├─ first  set\n└─ second  log Hello $first.name, if $first.name = 'Bob'\n",
    ]);
  });

  it('draws blocks, from a file', async () => {
    const { stdout } = await project.runner(['graph', 'workflows/later.yaml', '--format', 'mermaid']);

    expect(stdout).toContain('flowchart TD\n');
    expect(stdout).toContain('["both<br/>parallel"]');
  });

  it('draws a run with the states of its steps', async () => {
    const id = await ranOnce();

    const { stdout } = await project.runner(['graph', '--run', id]);
    const { stdout: image } = await project.runner(['graph', 'greet', '--run', id, '--format', 'svg']);

    expect(stdout).toContain('├─ ✓ first  set\n└─ – second');
    expect(image).toMatch(/^<svg [^]*class="step succeeded"[^]*class="step skipped"[^]*<\/svg>\n$/);
  });

  it('draws what the run began with, and says so', async () => {
    const id = await ranOnce();
    await project.write('workflows/greet.yaml', 'name: greet\nsteps:\n  - id: other\n    log: hi\n');

    const { stdout, stderr } = await project.runner(['graph', 'greet', '--run', id]);

    expect(stdout).toContain('first');
    expect(stderr).toContain('warning The run began with another version of the file, drawn here.');
  });

  it('prints what it knows as JSON', async () => {
    const { stdout } = await project.runner(['graph', '--run', await ranOnce(), '--json']);

    expect(JSON.parse(stdout)).toMatchObject({
      workflow: 'greet',
      lists: [{ nodes: [{ key: 'first' }, { key: 'second' }], edges: [[0, 1]] }],
      states: { first: { status: 'succeeded', times: 1 } },
    });
  });

  it('refuses a file that is wrong, a run of another workflow, and nothing at all', async () => {
    await project.write('workflows/bad.yaml', 'name: bad\nsteps:\n  - tol: a/b\n');
    const id = await ranOnce();

    const results = [
      await project.runner(['graph', 'bad']),
      await project.runner(['graph', 'later', '--run', id]),
      await project.runner(['graph']),
    ];

    expect(results.map(({ code }) => code)).toEqual([2, 2, 2]);
    expect(results.map(({ stderr }) => /error \w+/.exec(stderr)?.[0])).toEqual([
      'error WORKFLOW_INVALID',
      'error USAGE',
      'error USAGE',
    ]);
  });
});
