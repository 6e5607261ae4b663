import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { createCommitQueue } from '../../../src/adapters/sqlite/commit-queue.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function open(file: string): Database.Database {
  const database = new Database(file, { timeout: 5 });
  database.pragma('journal_mode = WAL');
  database.exec('CREATE TABLE IF NOT EXISTS facts (n INTEGER)');
  return database;
}

function waitForTurns(count: number): Promise<void> {
  return new Promise((resolve) => {
    const turn = (left: number): unknown => (left === 0 ? resolve() : setImmediate(turn, left - 1));
    turn(count);
  });
}

describe('the commit queue', () => {
  it('looks at nothing before it has the lock, so that what it decides on still holds when it writes', async () => {
    const file = join(temporaryFolder(), 'facts.db');
    const [own, other] = [open(file), open(file)];
    const queue = createCommitQueue(own, file);
    const looks: number[] = [];
    other.exec('BEGIN IMMEDIATE; INSERT INTO facts VALUES (1)');

    const written = queue.commit(() => {
      looks.push(own.prepare<[], number>('SELECT count(*) FROM facts').pluck().get() ?? -1);
      own.exec('INSERT INTO facts VALUES (2)');
    });
    await waitForTurns(3);
    other.exec('COMMIT');
    await written;

    expect(looks).toEqual([1]);
    own.close();
    other.close();
  });

  it('acknowledges nothing that is not committed', async () => {
    const file = join(temporaryFolder(), 'facts.db');
    const [own, other] = [open(file), open(file)];
    const queue = createCommitQueue(own, file);

    await queue.commit(() => own.exec('INSERT INTO facts VALUES (1)'));

    expect(own.inTransaction).toBe(false);
    expect(other.prepare<[], number>('SELECT count(*) FROM facts').pluck().get()).toBe(1);
    own.close();
    other.close();
  });
});
