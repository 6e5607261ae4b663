import type { ManualStore, ManualWork } from '../../model/manual-work.ts';
import type { Connection } from './native.ts';
import type { SqliteJournal } from './journal.ts';

interface Row {
  readonly body: string;
  readonly done: string | null;
}

/** Manual work in the journal's file: as durable as the runs that it comes from. */
export function openManualWork(journal: SqliteJournal): ManualStore {
  const { connection, queue } = journal.store;
  const statements = prepare(connection);
  return {
    record: ({ id, ...body }) => queue.commit(() => void statements.add.run(id, JSON.stringify({ id, ...body }))),
    list: ({ all }) => (all ? statements.all : statements.open).all().map(workOf),
    find: (part) => statements.like.all(`${part}%`).map(workOf),
    close: (id, done) => queue.commit(() => statements.close.run(JSON.stringify(done), id).changes > 0),
  };
}

function workOf({ body, done }: Row): ManualWork {
  // Written by `record` and `close`.
  const work = JSON.parse(body) as ManualWork;
  return done === null ? work : { ...work, done: JSON.parse(done) as NonNullable<ManualWork['done']> };
}

function prepare(db: Connection) {
  return {
    add: db.prepare<[string, string]>('INSERT OR IGNORE INTO manual_work (id, body) VALUES (?, ?)'),
    open: db.prepare<[], Row>('SELECT body, done FROM manual_work WHERE done IS NULL ORDER BY n'),
    all: db.prepare<[], Row>('SELECT body, done FROM manual_work ORDER BY n'),
    like: db.prepare<[string], Row>('SELECT body, done FROM manual_work WHERE id LIKE ? ORDER BY n LIMIT 20'),
    close: db.prepare<[string, string]>('UPDATE manual_work SET done = ? WHERE id = ? AND done IS NULL'),
  };
}
