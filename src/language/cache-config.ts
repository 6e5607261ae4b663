import { parseDuration } from '../model/time.ts';
import type { Node } from './yaml/tree.ts';
import { child, textOf } from './yaml/tree.ts';

/** What `cache` in `runner.yaml` says; what it leaves out is absent. */
export interface CacheConfig {
  readonly enabled?: boolean;
  readonly ttlMs?: number;
  readonly maxEntries?: number;
  readonly maxBytes?: number;
  /** Address of the Redis through which machines share results. */
  readonly redis?: string;
  /** The name under which they share them. */
  readonly namespace?: string;
}

export function cacheConfigOf(node: Node): CacheConfig {
  const [enabled, entries] = [scalarOf(child(node, 'enabled')), scalarOf(child(node, 'max_entries'))];
  const [ttlMs, maxBytes] = [parseDuration(textOf(child(node, 'ttl')) ?? ''), sizeOf(child(node, 'max_bytes'))];
  const [redis, namespace] = [textOf(child(node, 'redis')), textOf(child(node, 'namespace'))];
  return {
    ...(typeof enabled === 'boolean' && { enabled }),
    ...(ttlMs !== undefined && { ttlMs }),
    ...(typeof entries === 'number' && { maxEntries: entries }),
    ...(maxBytes !== undefined && { maxBytes }),
    ...(redis !== undefined && { redis }),
    ...(namespace !== undefined && { namespace }),
  };
}

const sizeUnits: Readonly<Record<string, number>> = { KB: 1_024, MB: 1_048_576, GB: 1_073_741_824 };

function sizeOf(node: Node | undefined): number | undefined {
  const [, amount, unit = ''] = /^(\d+)(KB|MB|GB)$/.exec(textOf(node) ?? '') ?? [];
  const factor = sizeUnits[unit];
  return amount === undefined || factor === undefined ? undefined : Number(amount) * factor;
}

function scalarOf(node: Node | undefined): unknown {
  return node?.kind === 'scalar' ? node.value : undefined;
}
