import { createRequire } from 'node:module';
import Database from 'better-sqlite3';
import { RunnerError } from '../../model/errors.ts';

export type Connection = Database.Database;

/** Older versions can lose a committed transaction when the write-ahead log is reset. */
const leastSqlite = [3, 51, 3] as const;

let checked = false;

/**
 * Opens a file (created when it is missing) and nothing more: no pragma, no table.
 * @param busyTimeoutMs how long a statement may block this process while another one writes
 * @throws RunnerError NODE_UNSUPPORTED, STORAGE_UNUSABLE (SQLite too old); anything else as SQLite reports it
 */
export function connect(file: string, busyTimeoutMs: number): Connection {
  if (!checked) refuseUnsupportedNode(process.versions.node, installedVersion);
  const connection = new Database(file, { timeout: busyTimeoutMs });
  if (!checked) refuseOldSqlite(connection);
  checked = true;
  return connection;
}

/** Opens a file, or the bytes of one, in which nothing can be changed. Throws as SQLite reports it. */
export function connectForReading(source: string | Buffer): Connection {
  return new Database(source, { readonly: true });
}

/**
 * The native part of release 13 and later kills Node 20 without a word, so this is asked before it is loaded.
 * @throws RunnerError NODE_UNSUPPORTED
 */
export function refuseUnsupportedNode(nodeVersion: string, libraryVersion: () => string): void {
  if (Number.parseInt(nodeVersion, 10) >= 22) return;
  const version = libraryVersion();
  if (Number.parseInt(version, 10) < 13) return;
  throw new RunnerError(
    'NODE_UNSUPPORTED',
    `better-sqlite3 ${version} needs Node 22 or later, and this is Node ${nodeVersion}.`,
    { hint: 'Run "npm install" again with the Node that runs this program, or use Node 22 or later.' },
  );
}

function installedVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)('better-sqlite3/package.json');
  return (manifest as { readonly version: string }).version;
}

function refuseOldSqlite(connection: Connection): void {
  const version = connection.prepare<[], string>('SELECT sqlite_version()').pluck().get() ?? '0';
  if (!isOlder(version.split('.').map(Number), leastSqlite)) return;
  connection.close();
  throw new RunnerError(
    'STORAGE_UNUSABLE',
    `SQLite ${version} can lose committed data; ${leastSqlite.join('.')} or later is needed.`,
    { hint: 'Update better-sqlite3 with: npm update better-sqlite3' },
  );
}

function isOlder(version: readonly number[], least: readonly number[]): boolean {
  const differing = least.findIndex((part, index) => part !== version[index]);
  return differing !== -1 && (version[differing] ?? 0) < (least[differing] ?? 0);
}
