import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { McpTarget } from '../../../model/mcp-servers.ts';

/** A server that was upgraded since is noticed after a day at the latest. */
const validMs = 86_400_000;

/**
 * True when this server was found to speak the older protocol only, a short time ago. Some such servers end when they
 * are asked, so that asking costs a process each time.
 */
export function isKnownLegacy(home: string, target: McpTarget): boolean {
  const stats = statSync(fileOf(home, target), { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs < validMs;
}

export function rememberLegacy(home: string, target: McpTarget): void {
  const file = fileOf(home, target);
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  writeFileSync(file, '', { mode: 0o600 });
}

export function forgetLegacy(home: string, target: McpTarget): void {
  rmSync(fileOf(home, target), { force: true });
}

function fileOf(home: string, target: McpTarget): string {
  const text = target.kind === 'stdio' ? [target.command, ...target.args, target.cwd ?? ''].join('\0') : target.url;
  return join(home, 'mcp', 'legacy', createHash('sha256').update(text).digest('hex').slice(0, 32));
}
