import { writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { limitsMigrations, limitsSpec } from '../../../src/adapters/sqlite/limits-schema.ts';
import { openLimits, type LimitsFile } from '../../../src/adapters/sqlite/limits.ts';
import { connect, type Connection } from '../../../src/adapters/sqlite/native.ts';
import { currentOwner, isOwnerAlive } from '../../../src/adapters/system/owner.ts';
import type { Owner } from '../../../src/model/run-records.ts';
import { limitsContract } from '../../contracts/limits.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const now = 1_800_000_000_000;
const turn = { key: 'stripe/charge', max: 1, perMs: 1_000 };
const slot = { key: 'stripe/charge', max: 1, leaseMs: 60_000 };

function open(folder: string, owner: Owner = currentOwner()): LimitsFile {
  const file = openLimits({ folder, owner, isAlive: isOwnerAlive, now: () => now });
  onTestFinished(() => file.close());
  return file;
}

/** Two calls, the second with the slot of the first; it is given back. */
function handOn(limits: LimitsFile['limits'], at: number): void {
  for (const _ of [1, 2]) {
    const held = limits.take({ slot }, at);
    if (held.kind === 'granted') limits.giveBack({ slot: held.slot ?? 0 });
  }
}

describe('limits in a file', () => {
  limitsContract(() => open(temporaryFolder()).limits);

  it('create nothing before their first use', () => {
    const folder = temporaryFolder();

    open(folder).breakers.load('render/get');

    expect(existsSync(join(folder, 'limits.db'))).toBe(false);
  });

  it('hold over all processes', () => {
    const folder = temporaryFolder();
    open(folder).limits.take({ turn, slot }, now);

    const other = open(folder).limits;

    expect(other.take({ slot }, now).kind).toBe('full');
    expect(other.take({ turn }, now)).toMatchObject({ kind: 'later', due: now + 1_000 });
  });

  it('are never more slots in use than the limit over all processes, whatever is given back and taken over', () => {
    const steps = fc.array(fc.record({ process: fc.nat(2), isTake: fc.boolean() }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 3 }), (asks, max) => {
        const folder = temporaryFolder();
        const stores = [open(folder), open(folder), open(folder)].map(({ limits }) => limits);
        const held = stores.map((): number[] => []);
        for (const { process, isTake } of asks) {
          const own = held[process] ?? [];
          const answer = isTake ? stores[process]?.take({ slot: { ...slot, max } }, now) : undefined;
          if (answer?.kind === 'granted') own.push(answer.slot ?? 0);
          const ended = isTake ? undefined : own.pop();
          if (ended !== undefined) stores[process]?.giveBack({ slot: ended });
          expect(new Set(held.flat()).size).toBe(held.flat().length);
          expect(held.flat().length).toBeLessThanOrEqual(max);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('hand a slot that is given back to the next call of the process, where nobody else waits', () => {
    const { limits } = open(temporaryFolder());
    const first = limits.take({ slot }, now);
    if (first.kind === 'granted') limits.giveBack({ slot: first.slot ?? 0 });

    expect(limits.take({ slot }, now)).toEqual(first);
    expect(limits.take({ slot }, now).kind).toBe('full');
  });

  it('renew the lease of a slot that is handed on', () => {
    const folder = temporaryFolder();
    const { limits } = open(folder);
    const first = limits.take({ slot }, now);
    if (first.kind === 'granted') limits.giveBack({ slot: first.slot ?? 0 });
    limits.take({ slot }, now + 30_000);

    expect(open(folder).limits.take({ slot }, now + 89_000).kind).toBe('full');
  });

  it('do not hand on a slot that another process has taken meanwhile, since its lease was over', () => {
    const folder = temporaryFolder();
    const { limits } = open(folder);
    const first = limits.take({ slot }, now);
    if (first.kind === 'granted') limits.giveBack({ slot: first.slot ?? 0 });
    open(folder).limits.take({ slot }, now + 60_001);

    expect(limits.take({ slot }, now + 60_001).kind).toBe('full');
  });

  describe('that calls of a process have handed on', () => {
    it('are not handed on when another process has taken them meanwhile, since their lease was over', () => {
      const folder = temporaryFolder();
      const { limits } = open(folder);
      handOn(limits, now);
      open(folder).limits.take({ slot }, now + 60_001);

      expect(limits.take({ slot }, now + 60_001).kind).toBe('full');
    });

    it('are not handed on when another process has come to wait', () => {
      const folder = temporaryFolder();
      const { limits } = open(folder);
      handOn(limits, now);
      open(folder).limits.take({ slot }, now);

      expect(limits.take({ slot }, now).kind).toBe('full');
    });

    it('are not handed on when another call of the process waits', () => {
      const { limits } = open(temporaryFolder());
      handOn(limits, now);
      const held = limits.take({ slot }, now);
      const waiting = limits.take({ slot }, now);
      if (held.kind === 'granted') limits.giveBack({ slot: held.slot ?? 0 });

      expect(limits.take({ slot }, now).kind).toBe('full');
      expect(limits.take({ slot, ...(waiting.kind === 'full' && { ticket: waiting.ticket }) }, now).kind).toBe(
        'granted',
      );
    });
  });

  it('let others have what was given back when the turn of the event loop is over', async () => {
    const folder = temporaryFolder();
    const { limits } = open(folder);
    const held = limits.take({ slot }, now);
    if (held.kind === 'granted') limits.giveBack({ slot: held.slot ?? 0 });

    await setImmediate();

    expect(open(folder).limits.take({ slot }, now).kind).toBe('granted');
  });

  it('let others have what was given back just before the file is closed', () => {
    const folder = temporaryFolder();
    const file = open(folder);
    const held = file.limits.take({ slot }, now);
    if (held.kind === 'granted') file.limits.giveBack({ slot: held.slot ?? 0 });

    file.close();

    expect(open(folder).limits.take({ slot }, now).kind).toBe('granted');
  });

  it('keep the turns of a file of the first version', () => {
    const folder = temporaryFolder();
    const old = connect(join(folder, 'limits.db'), 0);
    const { applicationId } = limitsSpec(folder);
    old.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = 1; ${limitsMigrations[0] ?? ''}`);
    old.prepare('INSERT INTO turns (key, n, at, taken_at) VALUES (?, 7, ?, ?)').run(turn.key, now, now);
    old.close();

    const { limits } = open(folder);

    expect(limits.take({ turn }, now)).toMatchObject({ kind: 'later', due: now + 1_000 });
  });

  it('move up all turns behind one that is given back', () => {
    const folder = temporaryFolder();
    const { limits } = open(folder);
    const [, second] = Array.from({ length: 300 }, () => limits.take({ turn }, now));

    if (second?.kind === 'later') limits.giveBack({ turn: second.turn });

    const file = connect(join(folder, 'limits.db'), 0);
    expect(file.prepare('SELECT count(*) AS turns, max(n) AS last FROM turns').get()).toEqual({
      turns: 299,
      last: 299,
    });
    file.close();
  });

  it('are looked at and taken in one transaction, so that no other process takes the same', () => {
    const folder = temporaryFolder();
    open(folder, { ...currentOwner(), processStart: 'another' }).limits.take({ slot }, now);
    const other = connect(join(folder, 'limits.db'), 0);
    onTestFinished(() => void other.close());
    const answers: string[] = [];
    const isAlive = (): boolean => {
      answers.push(canWrite(other) ? 'another process writes meanwhile' : 'all others wait');
      return false;
    };
    const file = openLimits({ folder, owner: currentOwner(), isAlive, now: () => now });
    onTestFinished(() => file.close());

    expect(file.limits.take({ turn, slot }, now).kind).toBe('granted');
    expect(answers).toEqual(['all others wait']);
  });

  it('hold over a restart', () => {
    const folder = temporaryFolder();
    const before = open(folder);
    before.limits.take({ turn }, now);
    before.close();

    expect(open(folder).limits.take({ turn }, now).kind).toBe('later');
  });

  it('free the slot of a process that has died', () => {
    const folder = temporaryFolder();
    open(folder, { ...currentOwner(), processStart: 'another' }).limits.take({ slot }, now);

    expect(open(folder).limits.take({ slot }, now).kind).toBe('granted');
  });

  it('give slots to processes in turn', () => {
    const folder = temporaryFolder();
    const [mine, theirs] = [open(folder).limits, open(folder).limits];
    const held = mine.take({ slot }, now);
    const theirPlace = theirs.take({ slot }, now);
    const myPlace = mine.take({ slot }, now);
    if (held.kind !== 'granted' || theirPlace.kind !== 'full' || myPlace.kind !== 'full') throw new Error('not so');

    mine.giveBack({ slot: held.slot ?? 0 });

    expect(mine.take({ slot, ticket: myPlace.ticket }, now).kind).toBe('full');
    expect(theirs.take({ slot, ticket: theirPlace.ticket }, now).kind).toBe('granted');
  });

  it('wait for nobody in line who has not been heard of for two seconds', () => {
    const folder = temporaryFolder();
    const [mine, theirs] = [open(folder).limits, open(folder).limits];
    const held = mine.take({ slot }, now);
    theirs.take({ slot }, now);
    if (held.kind === 'granted') mine.giveBack({ slot: held.slot ?? 0 });

    const place = mine.take({ slot }, now + 1_999);
    if (place.kind !== 'full') throw new Error('The place in line was lost too soon.');

    expect(mine.take({ slot, ticket: place.ticket }, now + 2_001).kind).toBe('granted');
  });

  it('are not wedged by a clock that was set back', () => {
    const folder = temporaryFolder();
    open(folder).limits.take({ turn }, now + 86_400_000);

    expect(open(folder).limits.take({ turn }, now).kind).toBe('granted');
  });

  it('forget turns that nothing depends on any more', () => {
    const file = open(temporaryFolder());
    const own = { ...turn, max: 3 };

    for (let ms = 0; ms < 50_000; ms += 500) file.limits.take({ turn: own }, now + ms);

    expect(file.limits.take({ turn: own }, now + 50_000).kind).toBe('granted');
  });

  it('still hold within the process where the file cannot be used, and say why', () => {
    const folder = temporaryFolder();
    const file = openLimits({
      folder: join(folder, 'not-a-folder'),
      owner: currentOwner(),
      isAlive: isOwnerAlive,
      now: () => now,
    });
    writeFileSync(join(folder, 'not-a-folder'), '');
    const held = file.limits.take({ slot }, now);

    expect(file.limits.take({ slot }, now).kind).toBe('full');
    expect(file.health()).toMatch(/cannot be|is not a folder/);
    if (held.kind === 'granted') file.limits.giveBack({ slot: held.slot ?? 0 });
    file.close();
  });

  it('begin anew where the file is damaged', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'limits.db'), 'x'.repeat(5_000));
    const file = open(folder);

    expect(file.limits.take({ turn }, now).kind).toBe('granted');
    expect(file.health()).toMatch(/set aside/);
  });
});

describe('circuits in a file', () => {
  it('are seen by every process at once and kept over restarts', () => {
    const folder = temporaryFolder();
    open(folder).breakers.update('render/get', () => ({ state: 'open', since: now, until: now + 1, failures: 5 }));

    expect(open(folder).breakers.load('render/get')).toMatchObject({ state: 'open', failures: 5 });
    expect(open(folder).breakers.list()).toMatchObject([{ key: 'render/get', circuit: { state: 'open' } }]);
  });

  it('are forgotten where nothing is left to say', () => {
    const { breakers } = open(temporaryFolder());
    breakers.update('render/get', () => ({ state: 'closed', failures: [now] }));

    breakers.update('render/get', () => undefined);

    expect(breakers.list()).toEqual([]);
  });
});

function canWrite(connection: Connection): boolean {
  try {
    connection.exec('BEGIN IMMEDIATE; ROLLBACK;');
    return true;
  } catch {
    return false;
  }
}
