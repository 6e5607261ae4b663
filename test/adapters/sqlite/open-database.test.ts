import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { refuseUnsupportedNode } from '../../../src/adapters/sqlite/native.ts';
import { openDatabase, type DatabaseSpec } from '../../../src/adapters/sqlite/open-database.ts';
import { toStorageFault } from '../../../src/adapters/sqlite/storage-faults.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const create = 'CREATE TABLE words (word TEXT NOT NULL) STRICT';

describe('a database that is opened', () => {
  it('is created with its folder, readable for its user alone', async () => {
    const folder = join(temporaryFolder(), 'a', 'b');
    const connection = await openDatabase(spec(folder));

    connection.exec(`INSERT INTO words VALUES ('x')`);

    expect(modeOf(folder)).toBe(0o700);
    for (const suffix of ['', '-wal', '-shm']) expect(modeOf(join(folder, `test.db${suffix}`))).toBe(0o600);
    connection.close();
  });

  it('waits for the disk at each commit, also when it is opened again', async () => {
    const folder = temporaryFolder();
    for (let opened = 0; opened < 3; opened += 1) {
      const connection = await openDatabase(spec(folder));

      expect(connection.pragma('synchronous', { simple: true })).toBe(2);
      connection.close();
    }
  });

  it('has a write-ahead log, foreign keys, and gives space back', async () => {
    const connection = await openDatabase(spec(temporaryFolder()));

    expect(connection.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(connection.pragma('foreign_keys', { simple: true })).toBe(1);
    expect(connection.pragma('auto_vacuum', { simple: true })).toBe(2);
    connection.close();
  });

  it('can be created by several at once', async () => {
    const folder = temporaryFolder();

    const connections = await Promise.all(Array.from({ length: 8 }, () => openDatabase(spec(folder))));

    for (const connection of connections) connection.exec(`INSERT INTO words VALUES ('x')`);
    expect(countWords(connections[0])).toBe(8);
    for (const connection of connections) connection.close();
  });

  it('closes a file that was open to others', async () => {
    const folder = temporaryFolder();
    (await openDatabase(spec(folder))).close();
    chmodSync(fileIn(folder), 0o644);

    (await openDatabase(spec(folder))).close();

    expect(modeOf(fileIn(folder))).toBe(0o600);
  });
});

describe('a database of an older version', () => {
  const newer = [create, `ALTER TABLE words ADD COLUMN language TEXT NOT NULL DEFAULT 'en'`];

  it('is brought to the newest with its content, after a backup', async () => {
    const folder = temporaryFolder();
    const old = await openDatabase(spec(folder));
    old.exec(`INSERT INTO words VALUES ('kept')`);
    old.close();

    const connection = await openDatabase(spec(folder, { migrations: newer }));

    expect(connection.prepare('SELECT * FROM words').all()).toEqual([{ word: 'kept', language: 'en' }]);
    connection.close();
    const backup = new Database(join(folder, 'test.db.v1.backup'), { readonly: true });
    expect(backup.prepare('SELECT * FROM words').all()).toEqual([{ word: 'kept' }]);
    expect(modeOf(join(folder, 'test.db.v1.backup'))).toBe(0o600);
    backup.close();
  });

  it('stays as it was when a migration fails', async () => {
    const folder = temporaryFolder();
    (await openDatabase(spec(folder))).close();
    const broken = [create, 'CREATE TABLE half (x TEXT); THIS IS NOT SQL'];

    await expect(openDatabase(spec(folder, { migrations: broken }))).rejects.toMatchObject({
      code: 'STORAGE_UNUSABLE',
    });

    const connection = await openDatabase(spec(folder));
    expect(connection.prepare(`SELECT name FROM sqlite_schema WHERE name = 'half'`).all()).toEqual([]);
    connection.close();
  });
});

describe('a file that cannot be used', () => {
  it('is refused when a newer version wrote it', async () => {
    const folder = temporaryFolder();
    (await openDatabase(spec(folder, { migrations: [create, 'SELECT 1'] }))).close();

    await refused(folder, 'STORAGE_TOO_NEW', 'newer Runner');
  });

  it('is refused, and not changed, when it is the database of another program', async () => {
    const folder = temporaryFolder();
    const other = new Database(fileIn(folder));
    other.exec('CREATE TABLE theirs (x)');
    other.close();

    await refused(folder, 'STORAGE_UNUSABLE', 'another program');
  });

  it('is refused, and not changed, when it is no database', async () => {
    const folder = temporaryFolder();
    writeFileSync(fileIn(folder), 'Dear diary, '.repeat(1_000));

    await refused(folder, 'STORAGE_CORRUPT', 'not an SQLite database');
  });

  it('is refused, and not changed, when it was cut short', async () => {
    const folder = temporaryFolder();
    const connection = await openDatabase(spec(folder));
    connection.exec(`INSERT INTO words VALUES ('${'x'.repeat(100_000)}')`);
    connection.close();
    truncateSync(fileIn(folder), 8_192);

    await refused(folder, 'STORAGE_CORRUPT', 'damaged or cut short');
  });

  it('is refused when it is a folder', async () => {
    const folder = temporaryFolder();
    mkdirSync(fileIn(folder));

    await expect(openDatabase(spec(folder))).rejects.toMatchObject({
      code: 'STORAGE_UNUSABLE',
      message: `${fileIn(folder)} is a folder, but the word list has to be a file there.`,
    });
  });

  it('is refused when its folder is a file', async () => {
    const folder = join(temporaryFolder(), 'occupied');
    writeFileSync(folder, '');

    await expect(openDatabase(spec(folder))).rejects.toMatchObject({
      code: 'STORAGE_UNUSABLE',
      message: `${folder} is not a folder, so the word list cannot be kept there.`,
    });
  });

  it('is refused with the reason when its folder cannot be made', async () => {
    await expect(openDatabase(spec('/proc/no-such-folder'))).rejects.toMatchObject({ code: 'STORAGE_UNUSABLE' });
    expect(existsSync('/proc/no-such-folder')).toBe(false);
  });
});

describe('a fault of a file', () => {
  it.each([
    ['SQLITE_FULL', 'STORAGE_FULL', 'is full'],
    ['ENOSPC', 'STORAGE_FULL', 'is full'],
    ['SQLITE_READONLY', 'STORAGE_UNUSABLE', 'read-only'],
    ['EROFS', 'STORAGE_UNUSABLE', 'read-only'],
    ['EACCES', 'STORAGE_UNUSABLE', 'permission denied'],
    ['SQLITE_CANTOPEN', 'STORAGE_UNUSABLE', 'cannot be opened'],
    ['SQLITE_BUSY', 'STORAGE_UNUSABLE', 'locked by another process'],
    ['SQLITE_CORRUPT_INDEX', 'STORAGE_CORRUPT', 'damaged'],
    ['SQLITE_IOERR_READ', 'STORAGE_UNUSABLE', 'cannot be used'],
  ])('%s becomes %s with file, reason and remedy', (code, expected, reason) => {
    const fault = toStorageFault(Object.assign(new Error('as told'), { code }), '/x/journal.db');

    expect(fault.code).toBe(expected);
    expect(fault.message).toContain('/x/journal.db');
    expect(fault.message).toContain(reason);
    expect(fault.hint).toBeTruthy();
  });
});

describe('the guard before the native part is loaded', () => {
  it('refuses release 13 on Node 20, which it would kill without a word', () => {
    expect(() => refuseUnsupportedNode('20.20.2', () => '13.2.0')).toThrow(
      expect.objectContaining({ code: 'NODE_UNSUPPORTED' }),
    );
  });

  it.each([
    ['20.20.2', '12.9.0'],
    ['22.1.0', '13.2.0'],
    ['24.0.0', '13.2.0'],
  ])('lets Node %s use release %s', (node, library) => {
    expect(() => refuseUnsupportedNode(node, () => library)).not.toThrow();
  });
});

function spec(folder: string, change: Partial<DatabaseSpec> = {}): DatabaseSpec {
  return {
    file: fileIn(folder),
    title: 'word list',
    applicationId: 4711,
    migrations: [create],
    synchronous: 'FULL',
    busyTimeoutMs: 10,
    ...change,
  };
}

/** Opening fails as stated, and leaves every byte of the file as it was. */
async function refused(folder: string, code: string, reason: string): Promise<void> {
  copyFileSync(fileIn(folder), join(folder, 'copy'));
  const opened = openDatabase(spec(folder));

  await expect(opened).rejects.toMatchObject({ code, message: expect.stringContaining(reason) });
  await expect(opened).rejects.toThrow(fileIn(folder));
  expect(readFileSync(fileIn(folder)).equals(readFileSync(join(folder, 'copy')))).toBe(true);
}

function fileIn(folder: string): string {
  return join(folder, 'test.db');
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

function countWords(connection: Database.Database | undefined): unknown {
  return connection?.prepare('SELECT count(*) FROM words').pluck().get();
}
