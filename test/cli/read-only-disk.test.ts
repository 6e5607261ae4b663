import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeProject, runnerFile } from '../support/cli.ts';
import type { CliProject } from '../support/cli.ts';

/** Mounts are made in a namespace of their own, which this user must be allowed to have. */
const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

let project: CliProject;

beforeEach(async () => {
  project = await makeProject({
    'runner.yaml': 'bridge: sandbox\n',
    'workflows/calls.yaml':
      'steps:\n  - tool: render/render_list_services\n' +
      '  - { tool: render/render_restart_service, params: { serviceId: srv-demo }, cost: 0.5, budget: { max: 9, per: 1h } }\n',
  });
});

afterEach(() => project.remove());

/** Runs the command where `mount` has prepared `.runner`. */
async function runnerAfter(mount: string, ...args: readonly string[]): Promise<string> {
  const script = `set -e; d=$1; shift; ${mount}; exec "$@"`;
  const command = ['-rm', 'sh', '-c', script, 'sh', join(project.root, '.runner'), process.execPath, runnerFile];
  return (await promisify(execFile)('unshare', [...command, ...args], { cwd: project.root })).stdout;
}

const readOnly = 'mount --bind "$d" "$d"; mount -o remount,ro,bind "$d"';
const full =
  'mount -t tmpfs -o size=1m none "$d.full"; cp "$d"/*.db "$d.full"; ' +
  'dd if=/dev/zero of="$d.full/ballast" bs=4096 2>/dev/null || true; mount --move "$d.full" "$d"';

describe.skipIf(!canMount)('where nothing can be written', () => {
  it.each([
    ['on a read-only disk', readOnly],
    ['on a full disk', full],
  ])('runs and calls can still be read %s', async (_, mount) => {
    await project.runner(['run', 'calls']);
    mkdirSync(join(project.root, '.runner.full'));

    const runs = await runnerAfter(mount, 'runs');
    const id = /\d{8}-\d{6}-\w+/.exec(runs)?.[0] ?? '';

    expect(runs).toMatch(/calls +succeeded/);
    expect(await runnerAfter(mount, 'show', id)).toContain('render_list_services');
    expect(await runnerAfter(mount, 'logs', id)).toContain('step_1: succeeded');
    expect(await runnerAfter(mount, 'history')).toContain('render/render_list_services');
    expect(await runnerAfter(mount, 'metrics')).toContain('render/render_list_services');
    expect(await runnerAfter(mount, 'costs', '--by', 'tool')).toMatch(/render_restart_service +1 +0\.5/);
    expect(await runnerAfter(mount, 'budgets')).toMatch(/render_restart_service +1\/9/);
  });

  it('what a crash left in the write-ahead log is read as well', async () => {
    await project.write('workflows/waits.yaml', 'steps:\n  - wait: 1h\n');
    const command = project.start(['run', 'waits']);
    await command.sees('step_1: waits');
    command.child.kill('SIGKILL');
    await command.ended;
    const folder = join(project.root, '.runner');
    rmSync(join(folder, 'journal.db-shm'));

    expect(await runnerAfter(readOnly, 'runs')).toMatch(/waits +interrupted/);
  });

  it('a run is refused, with what to do', async () => {
    await project.runner(['run', 'calls']);

    await expect(runnerAfter(readOnly, 'run', 'calls')).rejects.toMatchObject({
      code: 6,
      stderr: expect.stringMatching(/STORAGE_UNUSABLE.*read-only[^]*folder writable/) as string,
    });
  });
});
