/** What SQL can hold here. A number is stored as REAL, a bigint as INTEGER. */
export type SqlValue = string | number | bigint | null;

/** A row as SQLite gives it; a blob is a `Uint8Array`. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** A small SQLite database of its own; the composition hands it in, since the library has its home elsewhere. */
export interface SandboxDatabase {
  exec(sql: string): void;
  /**
   * The rows of one statement; none for a statement that gives none.
   * @param maxRows more rows than this are an error, before they are all in memory
   */
  all(sql: string, params: readonly SqlValue[], maxRows?: number): SqlRow[];
  run(sql: string, params: readonly SqlValue[]): { readonly changes: number };
  /** All or nothing, and alone: no other process writes between its first statement and its last. */
  transaction<T>(body: () => T): T;
  close(): void;
}
