import { connect, type Connection } from './native.ts';
import { createPrivately } from './private-file.ts';
import { toStorageFault } from './storage-faults.ts';

/** A database without a schema of ours: whoever opens it brings tables and statements along. */
export interface PlainDatabase {
  exec(sql: string): void;
  /**
   * The rows of one statement; none for a statement that gives none.
   * @throws RangeError when there are more rows than `maxRows`
   */
  all(sql: string, params: readonly PlainValue[], maxRows?: number): Record<string, unknown>[];
  run(sql: string, params: readonly PlainValue[]): { readonly changes: number };
  /** All or nothing, and with the write lock from the beginning. */
  transaction<T>(body: () => T): T;
  close(): void;
}

type PlainValue = string | number | bigint | null;

const busyTimeoutMs = 5_000;

/**
 * A database in a file that may be lost without harm to any run; it survives kill -9, not power loss. The file is
 * opened, and created where it is missing, at the first use.
 * Errors of statements pass through as SQLite reports them; opening throws RunnerError STORAGE_*.
 */
export function openPlainDatabase(file: string): PlainDatabase {
  let opened: Connection | undefined;
  const connection = (): Connection => (opened ??= open(file));
  return {
    exec(sql) {
      connection().exec(sql);
    },
    all: (sql, params, maxRows) => rowsOf(connection(), { sql, params, maxRows }),
    run: (sql, params) => ({
      changes: connection()
        .prepare(sql)
        .run(...params).changes,
    }),
    transaction: <T>(body: () => T): T => connection().transaction(body).immediate(),
    close() {
      opened?.close();
      opened = undefined;
    },
  };
}

function rowsOf(
  connection: Connection,
  query: { readonly sql: string; readonly params: readonly PlainValue[]; readonly maxRows: number | undefined },
): Record<string, unknown>[] {
  const statement = connection.prepare<PlainValue[], Record<string, unknown>>(query.sql);
  if (!statement.reader) {
    statement.run(...query.params);
    return [];
  }
  const rows: Record<string, unknown>[] = [];
  for (const row of statement.iterate(...query.params)) {
    if (rows.length === query.maxRows) throw new RangeError(`The statement gives more than ${query.maxRows} rows`);
    rows.push(row);
  }
  return rows;
}

function open(file: string): Connection {
  try {
    createPrivately(file);
    const connection = connect(file, busyTimeoutMs);
    connection.pragma('journal_mode = WAL');
    connection.pragma('synchronous = NORMAL');
    connection.pragma('foreign_keys = ON');
    return connection;
  } catch (error) {
    throw toStorageFault(error, file);
  }
}
