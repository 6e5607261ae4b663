import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { journalApplicationId, journalMigrations } from '../../../src/adapters/sqlite/journal-schema.ts';
import { openJournal, type SqliteJournal } from '../../../src/adapters/sqlite/journal.ts';
import { bob, fired, started, workflow } from '../../support/sample-run.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** The last version that knew neither a queue nor signals nor state. */
const oldVersion = 4;

describe('a journal of the version before', () => {
  it('is brought to this one after a backup, and its runs go on', async () => {
    const folder = temporaryFolder();
    writeOldJournal(folder);

    const journal = await open(folder);

    expect(journal.find('done')).toMatchObject({ status: 'succeeded', root: 'done', priority: 0 });
    expect(journal.events('left')).toEqual([started(1), fired('a')]);
    expect(existsSync(join(folder, `journal.db.v${oldVersion}.backup`))).toBe(true);
    const given = [await next(journal), await next(journal), await next(journal)];
    expect(given).toEqual(['left', 'killed', undefined]);
    expect(journal.takeRequests(bob)).toMatchObject([{ run: 'left', request: { kind: 'cancel', by: 'ann' } }]);
  });

  it('is usable by a process of the old version that still has it open, and its runs are found', async () => {
    const folder = temporaryFolder();
    writeOldJournal(folder);
    const old = new Database(join(folder, 'journal.db'));
    onTestFinished(() => void old.close());
    const journal = await open(folder);

    old
      .prepare(
        `INSERT INTO runs (id, workflow, definition, status, started_at, ended_at, epoch, owner, commit_id, environment,
           inputs) VALUES ('theirs', 'demo', 'hash-1', 'running', 2, NULL, 1, 1, NULL, NULL, '{}')`,
      )
      .run();
    old.prepare(`UPDATE runs SET status = 'interrupted', owner = NULL WHERE id = 'theirs'`).run();

    expect([await next(journal), await next(journal), await next(journal)]).toEqual(['left', 'killed', 'theirs']);
  });
});

describe('a journal of a later version', () => {
  it('is refused and not changed', async () => {
    const folder = temporaryFolder();
    await (await open(folder)).close();
    const later = new Database(join(folder, 'journal.db'));
    later.pragma(`user_version = ${journalMigrations.length + 1}`);
    later.close();

    await expect(open(folder)).rejects.toMatchObject({ code: 'STORAGE_TOO_NEW' });
  });
});

function writeOldJournal(folder: string): void {
  const db = new Database(join(folder, 'journal.db'));
  db.pragma('journal_mode = WAL');
  db.pragma(`application_id = ${journalApplicationId}`);
  for (const sql of journalMigrations.slice(0, oldVersion)) db.exec(sql);
  db.pragma(`user_version = ${oldVersion}`);
  db.exec(`INSERT INTO owners VALUES (1, 'gone', 'here', 1, '1', 'boot', 1)`);
  db.prepare(`INSERT INTO definitions VALUES ('hash-1', 1, 'name: demo', ?)`).run(JSON.stringify(workflow));
  const add = db.prepare(
    `INSERT INTO runs (n, id, workflow, definition, status, started_at, ended_at, epoch, owner, inputs)
     VALUES (?, ?, 'demo', 'hash-1', ?, 1, ?, 1, ?, '{}')`,
  );
  add.run(1, 'done', 'succeeded', 2, null);
  add.run(2, 'left', 'interrupted', null, null);
  add.run(3, 'killed', 'running', null, 1);
  add.run(4, 'asks', 'needs_attention', null, null);
  const record = db.prepare('INSERT INTO events (run, body) VALUES (?, ?)');
  for (const run of [1, 2, 3, 4]) record.run(run, JSON.stringify([started(1), fired('a')]));
  db.prepare(`INSERT INTO requests (run, body) VALUES (2, '{"kind":"cancel","by":"ann"}')`).run();
  db.close();
}

async function open(folder: string): Promise<SqliteJournal> {
  const journal = await openJournal({ folder, isAlive: isNotGone, clock: { now: () => 2 } });
  onTestFinished(() => journal.close());
  return journal;
}

async function next(journal: SqliteJournal): Promise<string | undefined> {
  return (await journal.claimNext(bob, { now: 2 }))?.run;
}

function isNotGone({ instance }: { readonly instance: string }): boolean {
  return instance !== 'gone';
}
