import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPlainDatabase } from '../../../src/adapters/sqlite/plain-database.ts';
import type { PlainDatabase } from '../../../src/adapters/sqlite/plain-database.ts';

let folder: string;
let database: PlainDatabase;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runner-plain-'));
  database = openPlainDatabase(join(folder, 'inner', 'plain.db'));
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a plain database', () => {
  it('creates nothing before its first use', async () => {
    await expect(stat(join(folder, 'inner'))).rejects.toThrow('ENOENT');
  });

  it('creates folder and file for this user alone', async () => {
    database.exec('CREATE TABLE t (x)');
    const modes = await Promise.all([stat(join(folder, 'inner')), stat(join(folder, 'inner', 'plain.db'))]);

    expect(modes.map(({ mode }) => mode & 0o777)).toEqual([0o700, 0o600]);
  });

  it('keeps nothing of a transaction that throws', () => {
    database.exec('CREATE TABLE t (x)');

    expect(() =>
      database.transaction(() => {
        database.run('INSERT INTO t VALUES (?)', [1]);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(database.all('SELECT * FROM t', [])).toEqual([]);
  });

  it('runs a statement without rows through all, too', () => {
    expect(database.all('CREATE TABLE t (x)', [])).toEqual([]);
    expect(database.run('INSERT INTO t VALUES (1), (2)', [])).toEqual({ changes: 2 });
  });

  it('refuses more rows than asked for', () => {
    const two = 'SELECT 1 AS x UNION ALL SELECT 2';

    expect(database.all(two, [], 2)).toHaveLength(2);
    expect(() => database.all(two, [], 1)).toThrow('The statement gives more than 1 rows');
  });

  it('keeps what was committed when it is opened again', () => {
    database.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    database.close();

    expect(database.all('SELECT x FROM t', [])).toEqual([{ x: 1 }]);
  });

  it('leaves a file alone that is no database', async () => {
    const file = join(folder, 'notes.txt');
    await writeFile(file, 'This is not a database, but a note of some length.');

    expect(() => openPlainDatabase(file).exec('SELECT 1')).toThrow(
      expect.objectContaining({ code: 'STORAGE_CORRUPT', message: `${file} is not an SQLite database.` }),
    );
  });
});
