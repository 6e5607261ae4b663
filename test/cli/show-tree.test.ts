import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeProject, type CliProject, type RunningCommand } from '../support/cli.ts';

const mix = `name: mix
inputs: { hosts: { type: array, default: [a, b, c, bad, e] } }
steps:
  - id: checks
    parallel:
      api: { set: { ok: true } }
      web: [{ id: ping, log: ping }, { id: read, set: { ok: true } }]
  - id: deploy
    for_each: $hosts
    as: host
    tolerate: 1
    steps:
      - { id: release, run: 'test "$h" != bad', env: { h: $host } }
  - id: guarded
    try: [{ id: risky, fail: { code: broken, message: No } }]
    catch: [{ errors: [broken], steps: [{ id: told, log: caught }] }]
    finally: [{ id: tidy, log: tidied }]
`;

// A run that asks alone is given back where nobody is at a terminal; one with a timer stays.
const asks = `name: asks
steps:
  - id: both
    parallel:
      allowed: { approval: Go on?, timeout: 1h }
      time: { wait: 1h }
`;

let project: CliProject;

beforeEach(async () => {
  project = await makeProject({ 'workflows/mix.yaml': mix, 'workflows/asks.yaml': asks });
});

afterEach(() => project.remove());

async function ran(workflow: string): Promise<string> {
  const { stdout } = await project.runner(['run', workflow, '--json']);
  return (JSON.parse(stdout) as { run_id: string }).run_id;
}

/** The lines of the tree with the durations taken out, and without what steps called and gave. */
function treeOf(stdout: string): readonly string[] {
  const lines = stdout.slice(stdout.indexOf('✓')).split('\n').slice(1);
  return lines.filter((line) => /^ *[✓✗…–·] /.test(line)).map((line) => line.replace(/ +[\d.]+m?s\b/, ''));
}

async function waiting(): Promise<{ readonly command: RunningCommand; readonly id: string }> {
  const command = project.start(['run', 'asks']);
  const output = await command.sees('allowed: asks: Go on?');
  return { command, id: /run (\d\S+)/.exec(output)?.[1] ?? '' };
}

describe('runner show', () => {
  it('draws blocks with what is inside them, and of a loop what failed', async () => {
    const { stdout } = await project.runner(['show', await ran('mix')]);

    expect(treeOf(stdout)).toEqual([
      '✓ checks  2 branches: 2 ok  parallel',
      '  ✓ api  set',
      '  ✓ web',
      '    ✓ ping  log',
      '    ✓ read  set',
      '✓ deploy  5 items: 4 ok, 1 failed  for_each',
      '  ✗ [3]  "bad"',
      '    ✗ release  run',
      '✓ guarded  try',
      '  ✗ try',
      '    ✗ risky  fail',
      '  ✓ catch[0]',
      '    ✓ told  log',
      '  ✓ finally',
      '    ✓ tidy  log',
    ]);
  });

  it('draws every item with --all', async () => {
    const { stdout } = await project.runner(['show', await ran('mix'), '--all']);

    expect(treeOf(stdout).filter((line) => line.startsWith('  ') && line.includes('['))).toHaveLength(6);
  });

  it('prints the tree as JSON', async () => {
    const { stdout } = await project.runner(['show', await ran('mix'), '--json']);
    const { steps } = JSON.parse(stdout) as { steps: readonly object[] };

    expect(steps[1]).toMatchObject({
      key: 'deploy',
      counts: { succeeded: 4, failed: 1, running: 0, total: 5 },
    });
    expect(steps[0]).toMatchObject({
      bodies: [{ key: 'checks.api' }, { key: 'checks.web', steps: [{ key: 'checks.web.ping' }, {}] }],
    });
  });

  it('says what a run waits for, until when, and how to decide', async () => {
    const { id } = await waiting();

    const { stdout } = await project.runner(['show', id]);

    expect(stdout).toMatch(/^ {2}waits +both\.allowed: for a decision, until \S+ \S+ UTC \(in \S+ \S+\)$/m);
    expect(stdout).toMatch(/^ {2}question +Go on\?$/m);
    expect(stdout).toContain(`runner approve ${id} both.allowed`);
  });

  it('follows a run of another process to its end', async () => {
    const { command, id } = await waiting();

    const follower = project.start(['show', id, '--follow']);
    await follower.sees('allowed: asks: Go on?');
    command.child.kill('SIGINT');
    const { code, stdout, stderr } = await follower.ended;

    expect(code).toBe(0);
    expect(stderr).toContain('is to be cancelled');
    expect(stdout).toContain('asks was cancelled');
  });

  it('stops following at Ctrl-C, and the run goes on', async () => {
    const { id } = await waiting();

    const follower = project.start(['show', id, '--follow']);
    await follower.sees('allowed: asks: Go on?');
    follower.child.kill('SIGINT');

    expect((await follower.ended).code).toBe(130);
    expect((await project.runner(['runs', '--json'])).stdout).not.toContain('cancelled');
  });
});
