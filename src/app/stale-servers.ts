import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const fileName = 'stale-servers.json';

/** The servers that could not be read when the catalogue was read last: what is known of their tools is older. */
export function staleServers(home: string): ReadonlySet<string> {
  try {
    const names = JSON.parse(readFileSync(join(home, fileName), 'utf8')) as unknown;
    return new Set(Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []);
  } catch {
    return new Set();
  }
}

export function rememberStaleServers(home: string, names: readonly string[]): void {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const file = join(home, fileName);
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(names), { mode: 0o600 });
  renameSync(`${file}.${process.pid}`, file);
}
