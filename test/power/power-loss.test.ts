import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openJournal } from '../../src/adapters/sqlite/journal.ts';
import { numbers } from '../support/sample-run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { canCutPower, createPoweredFolder, type PoweredFolder } from './powered-process.ts';

describe.skipIf(!canCutPower)('the journal when the power is cut', () => {
  it('has every event that it acknowledged, over many cuts', { timeout: 180_000 }, async () => {
    const powered = createPoweredFolder(temporaryFolder());
    const acknowledged: string[] = [];

    for (const life of numbers(8)) {
      acknowledged.push(...(await runUntilCut(powered, life, 'FULL')));

      expect(await missing(powered.folder, acknowledged)).toEqual([]);
    }
  });

  it('would lose events if its commits did not wait for the disk', { timeout: 180_000 }, async () => {
    const powered = createPoweredFolder(temporaryFolder());

    const acknowledged = await runUntilCut(powered, 0, 'NORMAL');

    expect(await missing(powered.folder, acknowledged)).not.toEqual([]);
  });
});

describe.skipIf(!canCutPower)('the journal on a full disk', () => {
  it('pauses, says STORAGE_FULL, refuses and loses nothing, and goes on by itself when there is space again', async () => {
    const powered = createPoweredFolder(temporaryFolder());
    const lines: string[] = [];
    const child = powered.start(0, 'FULL', (line) => lines.push(line));

    await until(() => lines.length > 20);
    writeFileSync(powered.fullFlag, '');
    await until(() => lines.includes('paused STORAGE_FULL'));
    rmSync(powered.fullFlag);
    const paused = lines.length;
    await until(() => lines.slice(paused).filter((line) => line.startsWith('run-')).length > 20);
    await child.kill();

    expect(lines.filter((line) => line.startsWith('refused'))).toEqual([]);
    expect(
      await missing(
        powered.folder,
        lines.filter((line) => line.startsWith('run-')),
      ),
    ).toEqual([]);
  });
});

/** Lets the writer work until it has acknowledged a random number of events, then cuts the power. */
async function runUntilCut(powered: PoweredFolder, life: number, synchronous: 'FULL' | 'NORMAL'): Promise<string[]> {
  const acknowledged: string[] = [];
  const child = powered.start(life, synchronous, (line) => acknowledged.push(line));
  const enough = 20 + Math.random() * 2_000;
  await until(() => acknowledged.length >= enough);
  await child.kill();
  powered.cutPower();
  return acknowledged;
}

/** The acknowledged lines whose event is not in the journal. */
async function missing(folder: string, acknowledged: readonly string[]): Promise<readonly string[]> {
  const journal = await openJournal({ folder, isAlive: () => false, clock: { now: () => Date.now() } });
  const runs = new Set(acknowledged.map((line) => line.split(' ')[0] ?? ''));
  const kept = new Set(
    [...runs].flatMap((run) => journal.events(run).map((event) => `${run} ${'key' in event ? event.key : ''}`)),
  );
  await journal.close();
  return acknowledged.filter((line) => !kept.has(line)).map((line) => line.slice(0, 40));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
