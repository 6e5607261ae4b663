import type { BreakerStore } from '../../engine/ports.ts';
import type { Json } from '../../model/json.ts';
import type { SqliteJournal } from './journal.ts';

/** Circuit breakers in the journal's file: seen by every process of the project, written along with its events. */
export function openBreakers(journal: SqliteJournal): BreakerStore {
  const { connection, queue } = journal.store;
  const load = connection.prepare<[string], string>('SELECT state FROM breakers WHERE key = ?').pluck();
  const save = connection.prepare<[string, string, number]>(
    `INSERT INTO breakers (key, state, saved_at) VALUES (?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET state = excluded.state, saved_at = excluded.saved_at`,
  );
  const unsaved = new Map<string, string>();
  return {
    load: (key) => {
      const state = unsaved.get(key) ?? load.get(key);
      return state === undefined ? undefined : (JSON.parse(state) as Json);
    },
    save: (key, state, at) => {
      const text = JSON.stringify(state);
      unsaved.set(key, text);
      const settled = () => {
        if (unsaved.get(key) === text) unsaved.delete(key);
      };
      // A fault needs no word here: it stops the next append of a run as well, and that one is told.
      queue.commit(() => save.run(key, text, Math.trunc(at))).then(settled, settled);
    },
  };
}
