import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeProject, runnerFile, startCommand } from '../support/cli.ts';
import type { CliProject } from '../support/cli.ts';
import { commandsOf } from '../support/doc-commands.ts';

const page = new URL('../../docs/environments.md', import.meta.url);
const [, config = ''] = /```yaml\n([^]*?)```/.exec(readFileSync(page, 'utf8')) ?? [];

let project: CliProject;
let bin: string;

beforeAll(async () => {
  project = await makeProject({
    'runner.yaml': config,
    'workflows/greet.yaml': 'name: greet\nsteps:\n  - log: Hello\n',
  });
  bin = await mkdtemp(join(tmpdir(), 'runner-bin-'));
  await chmod(runnerFile, 0o755);
  await symlink(runnerFile, join(bin, 'runner'));
});

afterAll(() => project.remove());

describe('docs/environments.md', async () => {
  const commands = await commandsOf(page);

  it.each(commands.map(({ line, text }) => [line, text] as const))(
    'does in line %i what it says: %s',
    async (_, text) => {
      const path = `${bin}:${process.env['PATH'] ?? ''}`;

      const { code, stderr } = await startCommand(['bash', '-c', text], { cwd: project.root, env: { PATH: path } })
        .ended;

      expect({ code, stderr }).toMatchObject({ code: 0 });
    },
  );
});
