import { describe, expect, it } from 'vitest';
import { readLock } from '../../../src/language/lock/read-lock.ts';
import { contractHash, writeLock } from '../../../src/language/lock/write-lock.ts';
import type { ToolContract, ToolLock } from '../../../src/model/tool-contract.ts';

const contract: ToolContract = {
  description: 'Restarts: a "service"\n# of yours',
  annotations: { destructiveHint: true, readOnlyHint: false },
  parameters: {
    type: 'object',
    required: ['id'],
    properties: {
      id: { type: 'string', enum: ['yes', 'no', '1', ''] },
      'odd key: x': {},
      on: { items: [[1, null], {}] },
    },
  },
  output: { type: ['object', 'null'] },
};

async function lockOf(tools: Readonly<Record<string, ToolContract>>): Promise<ToolLock> {
  const entries = Object.entries(tools).map(
    async ([name, tool]) => [name, { ...tool, effect: 'write', hash: await contractHash(tool) }] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

describe('runner.lock.yaml', () => {
  it('gives back what was written', async () => {
    const lock = await lockOf({ 'render/restart': contract, 'a/b': { description: '' } });

    expect(await readLock(writeLock(lock))).toEqual({ ok: true, lock });
  });

  it('may be empty', async () => {
    expect(await readLock(writeLock({}))).toEqual({ ok: true, lock: {} });
  });

  it('is made to be reviewed: one fact a line, in an order of its own', async () => {
    const one = writeLock(
      await lockOf({ 'b/x': { description: 'B', parameters: { type: 'object', a: 1 } }, 'a/x': { description: 'A' } }),
    );
    const other = writeLock(
      await lockOf({ 'a/x': { description: 'A' }, 'b/x': { parameters: { a: 1, type: 'object' }, description: 'B' } }),
    );

    expect(one).toBe(other);
    expect(
      one
        .split('\n')
        .filter((line) => !line.includes('hash:'))
        .slice(2),
    ).toEqual([
      'version: 1',
      'tools:',
      '  a/x:',
      '    effect: "write"',
      '    description: "A"',
      '',
      '  b/x:',
      '    effect: "write"',
      '    description: "B"',
      '    parameters:',
      '      a: 1',
      '      type: "object"',
      '',
    ]);
  });

  it.each([
    ['a merge that was not finished', (text: string) => `<<<<<<< ours\n${text}`, 'no YAML'],
    ['an edit by hand', (text: string) => text.replace('Restarts', 'Reads'), 'hash of "render/restart"'],
    ['an entry without a class', (text: string) => text.replace('effect: "write"', 'effect: "none"'), 'incomplete'],
    ['another version', (text: string) => text.replace('version: 1', 'version: 2'), 'version'],
    ['nothing', () => '', 'no `tools`'],
  ])('is refused as a whole after %s', async (_, spoil, words) => {
    const text = writeLock(await lockOf({ 'render/restart': contract }));

    const reading = await readLock(spoil(text));

    expect(reading).toMatchObject({ ok: false, reason: expect.stringContaining(words) as string });
  });
});
