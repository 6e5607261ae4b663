import { randomFillSync } from 'node:crypto';
import type { CallContext } from '../../../engine/ports.ts';

/** Bytes of one trace id and one span id. */
const [traceBytes, idBytes] = [16, 24] as const;
/** A call for random bytes costs much the same for few as for many. */
const pool = Buffer.alloc(idBytes * 128);
let taken = pool.length;

/** What goes along with a call: the key by which a server can tell a repeat, and a trace for its own telemetry. */
export function metaOf({ idempotencyKey }: CallContext): Record<string, string> {
  return { 'runner/idempotency-key': idempotencyKey, traceparent: newTraceparent() };
}

function newTraceparent(): string {
  if (taken === pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  const trace = pool.toString('hex', taken, taken + traceBytes);
  const span = pool.toString('hex', taken + traceBytes, taken + idBytes);
  taken += idBytes;
  return `00-${trace}-${span}-01`;
}
