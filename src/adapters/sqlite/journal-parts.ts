import type { EpochMs } from '../../model/time.ts';
import { openGroups, type Groups } from './journal-groups.ts';
import { openLedger, type LedgerFile } from './journal-ledger.ts';
import type { Liveness } from './journal-records.ts';
import { prepareJournal, type JournalStatements } from './journal-schema.ts';
import { openSignals, type SignalsFile } from './journal-signals.ts';
import { openState, type StateFile } from './journal-state.ts';
import { openTurns, type Turns } from './journal-turns.ts';
import type { Connection } from './native.ts';

/** The subjects of the journal's file. Those that most runs have no use for are opened at the first use. */
export interface JournalParts {
  readonly sql: JournalStatements;
  readonly liveness: Liveness;
  readonly ledger: () => LedgerFile;
  readonly groups: () => Groups;
  readonly turns: () => Turns;
  readonly signals: () => SignalsFile;
  readonly state: () => StateFile;
}

export function journalParts(connection: Connection, liveness: Liveness): JournalParts {
  const now = (): EpochMs => liveness.now();
  return {
    sql: prepareJournal(connection),
    liveness,
    ledger: lazily(() => openLedger(connection)),
    groups: lazily(() => openGroups(connection)),
    turns: lazily(() => openTurns(connection, liveness)),
    signals: lazily(() => openSignals(connection, now)),
    state: lazily(() => openState(connection)),
  };
}

/** Preparing statements costs time at every start. */
function lazily<T>(open: () => T): () => T {
  let opened: { readonly value: T } | undefined;
  return () => (opened ??= { value: open() }).value;
}
