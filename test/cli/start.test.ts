import { cp, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runnerFile, startCommand } from '../support/cli.ts';
import type { CommandResult } from '../support/cli.ts';

/** An installation of its own: the other tests leave compiled code in theirs. */
let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'runner-start-'));
  await cp(dirname(runnerFile), join(home, 'dist'), { recursive: true, filter: (path) => !path.endsWith('.bin') });
  await symlink(resolve(import.meta.dirname, '../../node_modules'), join(home, 'node_modules'));
  await writeFile(join(home, 'plain.yaml'), 'name: plain\nsteps:\n  - set: { a: 1 }\n');
});

afterEach(() => rm(home, { recursive: true, force: true }));

function runner(...args: readonly string[]): Promise<CommandResult> {
  return startCommand([process.execPath, join(home, 'dist', 'runner.js'), ...args], { cwd: home }).ended;
}

async function compiledCode(): Promise<string[]> {
  return (await readdir(join(home, 'dist'))).filter((name) => name.endsWith('.bin'));
}

describe('a start', () => {
  it('of a run leaves the code that it has compiled, once', async () => {
    await runner('run', 'plain.yaml');
    const left = await compiledCode();
    await runner('run', 'plain.yaml');

    expect(left).toEqual([expect.stringMatching(/^main\.[0-9a-f]{16}\.v[\d.]+-\w+\.run\.bin$/)]);
    expect(await compiledCode()).toEqual(left);
  });

  it('of a check leaves code of its own, also where a run has left some', async () => {
    await runner('run', 'plain.yaml');
    const { code } = await runner('validate', 'plain.yaml');

    expect(code).toBe(0);
    expect(await compiledCode()).toEqual([
      expect.stringContaining('.run.bin'),
      expect.stringContaining('.validate.bin'),
    ]);
  });

  it('of another command leaves nothing, and works from what is there', async () => {
    await runner('--version');
    const before = await compiledCode();
    await runner('validate', 'plain.yaml');
    const { code } = await runner('--version');

    expect(before).toEqual([]);
    expect(code).toBe(0);
  });

  it('works with code that is damaged', async () => {
    await runner('run', 'plain.yaml');
    const [name = ''] = await compiledCode();
    await writeFile(join(home, 'dist', name), 'nonsense');

    const { code, stderr } = await runner('run', 'plain.yaml');

    expect(code).toBe(0);
    expect(stderr).not.toContain('nonsense');
  });
});
