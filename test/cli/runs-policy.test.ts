import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeProject } from '../support/cli.ts';
import type { CliProject, RunningCommand } from '../support/cli.ts';

const guarded = (name: string, onConflict: string): string => `name: ${name}
inputs: { id: string }
runs: { key: $id, limit: 1, on_conflict: ${onConflict} }
steps:
  - wait: 1h
`;

let project: CliProject;

beforeEach(async () => {
  project = await makeProject({
    'workflows/queued.yaml': guarded('queued', 'queue'),
    'workflows/rejected.yaml': guarded('rejected', 'reject'),
    'workflows/replaced.yaml': guarded('replaced', 'cancel_running'),
  });
});

afterEach(() => project.remove());

async function begun(workflow: string, id: string): Promise<{ command: RunningCommand; run: string }> {
  const command = project.start(['run', workflow, '--input', `id=${id}`]);
  const output = await command.sees('waits 1h');
  return { command, run: /run (\d{8}-\d{6}-\w{8})/.exec(output)?.[1] ?? '' };
}

describe('a workflow that bounds its runs', () => {
  it('lets one more wait for its turn, and begin when the first has ended', async () => {
    const first = await begun('queued', 'a');
    const second = project.start(['run', 'queued', '--input', 'id=a']);
    await second.sees(`waits for its turn, behind ${first.run}`);

    await project.runner(['cancel', first.run]);

    await second.sees('waits 1h');
  });

  it('refuses one more, and names the run in the way', async () => {
    const first = await begun('rejected', 'a');

    const { code, stderr } = await project.runner(['run', 'rejected', '--input', 'id=a']);

    expect(code).toBe(1);
    expect(stderr).toContain('error RUN_CONFLICT');
    expect(stderr).toContain(first.run);
  });

  it('ends the run that goes on, so that the new one takes its place', async () => {
    const first = await begun('replaced', 'a');

    await begun('replaced', 'a');

    expect((await first.command.ended).code).toBe(130);
  });

  it('counts runs of another key apart', async () => {
    await begun('rejected', 'a');

    await expect(begun('rejected', 'b')).resolves.toBeDefined();
  });
});
