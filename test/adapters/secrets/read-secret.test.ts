import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSecret } from '../../../src/adapters/secrets/read-secret.ts';
import { runHelper } from '../../../src/adapters/secrets/run-helper.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const variables = { PATH: process.env['PATH'], TOKEN: 'sesame-open', EMPTY: '' };

describe('a secret from the environment', () => {
  it('is the value of the variable', async () => {
    expect(await read({ kind: 'env', variable: 'TOKEN' })).toEqual({ ok: true, value: 'sesame-open' });
  });

  it.each([
    ['GONE', 'the environment variable GONE is not set'],
    ['EMPTY', 'the environment variable EMPTY is empty'],
  ])('needs %s to be set', async (variable, reason) => {
    expect(await read({ kind: 'env', variable })).toEqual({ ok: false, reason, remedy: `Set ${variable}` });
  });
});

describe('a secret from a file', () => {
  it('lies relative to the project, and loses one line break at its end', async () => {
    const root = fileWith('sesame\n\n', 0o600);

    expect(await read({ kind: 'file', path: 'key' }, root)).toEqual({ ok: true, value: 'sesame\n' });
  });

  it('is read with a warning where everybody can read it', async () => {
    const reading = await read({ kind: 'file', path: 'key' }, fileWith('sesame', 0o644));

    expect(reading).toMatchObject({ ok: true, warning: expect.stringContaining('chmod 600 key') as string });
  });

  it.each([
    ['is empty', '\n'],
    ['is larger than 64 KB', 'x'.repeat(70_000)],
    ['is not UTF-8 text', Buffer.from([0xff, 0xfe, 0xfd])],
  ])('is refused when it %s', async (what, content) => {
    expect(await read({ kind: 'file', path: 'key' }, fileWith(content, 0o600))).toMatchObject({
      ok: false,
      reason: `the file key ${what}`,
    });
  });

  it('is refused when there is none, or when it is a folder', async () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'folder'));

    expect(await read({ kind: 'file', path: 'key' }, root)).toMatchObject({ reason: 'the file key does not exist' });
    expect(await read({ kind: 'file', path: 'folder' }, root)).toMatchObject({
      reason: 'the file folder is not a file',
    });
  });
});

describe('a secret from a command', () => {
  it('is what the command writes, and no shell reads its arguments', async () => {
    const reading = await read({ kind: 'exec', command: ['printf', '%s\n', '$TOKEN; echo x'] });

    expect(reading).toEqual({ ok: true, value: '$TOKEN; echo x' });
  });

  it('quotes the last words of a command that fails, without what it wrote to stdout', async () => {
    const script = 'echo sesame-open; echo "no entry for sesame-open" >&2; exit 3';

    const reading = await read({ kind: 'exec', command: ['sh', '-c', script] });

    expect(reading).toMatchObject({
      ok: false,
      reason: 'the command sh ended with code 3: no entry for [redacted]',
      remedy: expect.stringContaining('by hand') as string,
    });
  });

  it.each([
    [['no-such-program-here'] as const, 'the command no-such-program-here is not found'],
    [['true'] as const, 'the command true wrote nothing to stdout'],
    [['sh', '-c', 'yes'] as const, 'the command sh wrote more than 64 KB'],
  ])('is refused: %s', async (command, reason) => {
    expect(await read({ kind: 'exec', command })).toMatchObject({ ok: false, reason });
  });

  it('is ended with all its children when its time is over', async () => {
    const root = temporaryFolder();
    const script = 'sleep 300 & echo $! > child; wait';

    const ended = await runHelper(['sh', '-c', script], { root, variables, timeoutMs: 500 });

    expect(ended).toEqual({ ok: false, reason: 'did not answer within 0.5 s' });
    // The kernel has the signal at once, and ends the child when it gets round to it.
    const child = readFileSync(join(root, 'child'), 'utf8').trim();
    await expect.poll(() => stateOf(child)).toMatch(/gone|[ZX]/);
  });
});

/** The kernel's letter for the state of a process: `Z` is dead, and only waits to be reaped. */
function stateOf(pid: string): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  } catch {
    return 'gone';
  }
}

function read(source: Parameters<typeof readSecret>[0], root = temporaryFolder()) {
  return readSecret(source, { root, variables });
}

function fileWith(content: string | Buffer, mode: number): string {
  const root = temporaryFolder();
  writeFileSync(join(root, 'key'), content);
  chmodSync(join(root, 'key'), mode);
  return root;
}
