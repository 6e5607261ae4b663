import { join } from 'node:path';
import Database from 'better-sqlite3';
import { readEffects, type Effect } from '../../bench/effect-server.mjs';
import type { RunEvent } from '../../src/model/events.ts';

/** Everything that the auditor and the person look at: what the far side saw, and what the journal's file holds. */
export interface Evidence {
  readonly effects: readonly Effect[];
  readonly runs: readonly RecordedRun[];
  /** What SQLite says about the file: `ok`. */
  readonly integrity: string;
}

export interface RecordedRun {
  readonly id: string;
  readonly workflow: string;
  readonly status: string;
  readonly events: readonly RunEvent[];
}

/** Reads the files themselves, with nothing of the engine or its adapters in between. */
export function gatherEvidence(folder: string): Evidence {
  const database = new Database(join(folder, '.runner', 'journal.db'), { readonly: true, fileMustExist: true });
  try {
    const rows = database
      .prepare<[], { id: string; workflow: string; status: string }>('SELECT id, workflow, status FROM runs ORDER BY n')
      .all();
    const events = database.prepare<[string], string>('SELECT body FROM run_events WHERE run = ? ORDER BY n').pluck();
    const runs = rows.map(({ id, workflow, status }) => {
      const recorded = events.all(id).map((body) => JSON.parse(body) as RunEvent);
      return { id, workflow, status, events: recorded };
    });
    return {
      runs,
      effects: readEffects(logOf(folder)),
      integrity: String(database.pragma('quick_check', { simple: true })),
    };
  } finally {
    database.close();
  }
}

export function logOf(folder: string): string {
  return join(folder, 'effects.log');
}

/** The events of one type, in the journal's order. */
export function eventsOf<Type extends RunEvent['type']>(
  { events }: RecordedRun,
  type: Type,
): readonly Extract<RunEvent, { type: Type }>[] {
  return events.filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type);
}
