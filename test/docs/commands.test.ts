import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeProject, runnerFile, startCommand } from '../support/cli.ts';
import type { CliProject, CommandResult, RunningCommand } from '../support/cli.ts';
import { gate } from '../support/cli-workflows.ts';
import { commandsOf } from '../support/doc-commands.ts';
import type { DocCommand } from '../support/doc-commands.ts';

const root = new URL('../../', import.meta.url);
const pages = [
  'README.md',
  'docs/cli.md',
  'docs/budgets.md',
  'docs/cache.md',
  'docs/limits.md',
  'docs/operations.md',
  'docs/sandbox.md',
  'docs/tools.md',
  'docs/workflows.md',
];

let project: CliProject;
let bin: string;

/** One copy of the project for all pages, as a reader would have one. */
beforeAll(async () => {
  project = await makeProject({
    'workflows/pause.yaml': `name: pause\nsteps:\n${gate}`,
    'workflows/nightly.yaml': 'name: nightly\nsteps:\n  - wait: 1h\n',
    'workflows/hold.yaml': 'name: hold\nsteps:\n  - id: restart\n    run: echo > held && sleep 60\n',
  });
  for (const part of ['workflows', 'runner.yaml', 'docs']) {
    await cp(new URL(part, root), join(project.root, part), { recursive: true });
  }
  bin = await mkdtemp(join(tmpdir(), 'runner-bin-'));
  await mkdir(bin, { recursive: true });
  await chmod(runnerFile, 0o755);
  await symlink(runnerFile, join(bin, 'runner'));
});

afterAll(() => project.remove());

function shell(text: string): RunningCommand {
  return startCommand(['bash', '-c', `set -o pipefail; ${text}`], {
    cwd: project.root,
    env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` },
  });
}

async function startedRun(workflow: string, until: string): Promise<{ command: RunningCommand; id: string }> {
  const command = project.start(['run', workflow]);
  const output = await command.sees(until);
  return { command, id: /run (\d{8}-\d{6}-\w{8})/.exec(output)?.[1] ?? '' };
}

async function killedRun(workflow: string, until: string): Promise<string> {
  const { command, id } = await startedRun(workflow, until);
  command.child.kill('SIGKILL');
  await command.ended;
  return id;
}

/** Brings about what a block needs, and gives the run that its commands are about. */
const givens: Readonly<Record<string, () => Promise<string>>> = {
  'a run that was interrupted': async () => {
    await rm(join(project.root, 'go'), { force: true });
    const id = await killedRun('pause', 'at the gate');
    await project.write('go', '');
    return id;
  },
  'a run that waits': async () => (await startedRun('nightly', 'step_1: waits')).id,
  'a run that needs attention': async () => {
    const id = await killedHold();
    await project.runner(['resume', id]);
    return id;
  },
};

async function killedHold(): Promise<string> {
  await rm(join(project.root, 'held'), { force: true });
  const { command, id } = await startedRun('hold', 'run 2');
  await expect.poll(() => existsSync(join(project.root, 'held'))).toBe(true);
  command.child.kill('SIGKILL');
  await command.ended;
  return id;
}

async function latestRun(): Promise<string> {
  const { stdout } = await project.runner(['runs', '--limit', '1', '--json']);
  const { runs } = JSON.parse(stdout) as { readonly runs: readonly { readonly run_id: string }[] };
  return runs[0]?.run_id ?? 'none';
}

async function execute({ text, given }: DocCommand): Promise<CommandResult> {
  const subject = given === undefined ? undefined : givens[given];
  if (given !== undefined && subject === undefined) throw new Error(`The page asks for "${given}".`);
  const example = /\b\d{8}-\d{6}(?:-\w{8})?\b/g;
  const id = example.test(text) ? await (subject ?? latestRun)() : await subject?.();
  const isServer = /^runner sandbox\b/.test(text);
  const command = shell((isServer ? 'exec ' : '') + text.replaceAll(example, id ?? ''));
  if (isServer) {
    await command.sees('listens');
    command.child.kill('SIGINT');
  }
  return command.ended;
}

describe.each(pages)('every command of %s', async (page) => {
  const commands = await commandsOf(new URL(page, root));

  it('is found', () => {
    expect(commands.length).toBeGreaterThan(0);
  });

  it.each(commands.map((command) => [command.line, command.text, command] as const))(
    'does in line %i what the page says: %s',
    async (_line, _text, command) => {
      const { code, stdout, stderr } = await execute(command);

      expect({ code, stdout, stderr }).toMatchObject({ code: command.exit });
    },
  );
});
