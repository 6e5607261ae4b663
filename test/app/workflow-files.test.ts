import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readProjectFile } from '../../src/app/workflow-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function read(path: string): Promise<Uint8Array> {
  return readProjectFile(path, 'it', 'WORKFLOW_NOT_FOUND');
}

describe('a file of the project', () => {
  it('is read whole', async () => {
    const file = join(temporaryFolder(), 'a.yaml');
    writeFileSync(file, 'steps: []\n');

    expect(Buffer.from(await read(file)).toString()).toBe('steps: []\n');
  });

  it('is read where it does not tell its size beforehand', async () => {
    expect(Buffer.from(await read('/proc/self/comm')).toString()).toMatch(/\S/);
  });

  it.each([
    ['it does not exist', (folder: string) => join(folder, 'none.yaml'), 'it does not exist.'],
    ['a folder', made((path) => mkdirSync(path)), 'it is a folder.'],
    ['a pipe', made((path) => void execFileSync('mkfifo', [path])), 'it is not a regular file.'],
    ['a device', () => '/dev/zero', 'it is not a regular file.'],
    ['a gigabyte', made((path) => (writeFileSync(path, ''), truncateSync(path, 2 ** 30))), 'the limit is 262144'],
    ['memory of a process', () => '/proc/self/mem', 'it cannot be read (EIO).'],
  ])('is refused by name where it is %s', async (_, place, message) => {
    const refused = read(place(temporaryFolder()));

    await expect(refused).rejects.toMatchObject({
      code: 'WORKFLOW_NOT_FOUND',
      message: expect.stringContaining(message) as string,
      hint: expect.stringMatching(/./) as string,
    });
  });
});

function made(make: (path: string) => void): (folder: string) => string {
  return (folder) => {
    const path = join(folder, 'made.yaml');
    make(path);
    return path;
  };
}
