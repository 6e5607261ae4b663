import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProject, findProjectOfFile } from '../../src/app/project.ts';

let base: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'runner-project-'));
});

afterEach(() => rm(base, { recursive: true, force: true }));

async function folder(...names: string[]): Promise<string> {
  const path = join(base, ...names);
  await mkdir(path, { recursive: true });
  return path;
}

describe('the project of a folder', () => {
  it('is the nearest parent with runner.yaml', async () => {
    const deep = await folder('outer', 'inner', 'deep');
    await writeFile(join(base, 'outer', 'runner.yaml'), '');
    await writeFile(join(base, 'outer', 'inner', 'runner.yaml'), '');

    expect(findProject(deep)).toEqual({
      root: join(base, 'outer', 'inner'),
      configFile: join(base, 'outer', 'inner', 'runner.yaml'),
    });
  });

  it('is the one with runner.yaml even where a nearer parent has workflows', async () => {
    const deep = await folder('outer', 'inner', 'deep');
    await folder('outer', 'inner', 'workflows');
    await writeFile(join(base, 'outer', 'runner.yaml'), '');

    expect(findProject(deep).root).toBe(join(base, 'outer'));
  });

  it('is the nearest parent with workflows where nothing is configured', async () => {
    const deep = await folder('outer', 'inner');
    await folder('outer', 'workflows');

    expect(findProject(deep)).toEqual({ root: join(base, 'outer') });
  });

  it('is the folder itself where there is neither', async () => {
    const lonely = await folder('lonely');

    expect(findProject(lonely)).toEqual({ root: lonely });
  });
});

describe('the project of a workflow file', () => {
  it('is that of the current folder when the file lies in it', async () => {
    const here = await folder('here');
    await folder('here', 'sub', 'workflows');
    await writeFile(join(here, 'runner.yaml'), '');

    expect(findProjectOfFile('sub/workflows/a.yaml', here).root).toBe(here);
  });

  it('is the one around the file when a path leads elsewhere, as from cron', async () => {
    const here = await folder('here');
    await folder('there', 'workflows');

    expect(findProjectOfFile(join(base, 'there', 'workflows', 'a.yaml'), here).root).toBe(join(base, 'there'));
  });
});
