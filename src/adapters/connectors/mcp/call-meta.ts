import { randomBytes } from 'node:crypto';
import type { CallContext } from '../../../engine/ports.ts';

/** What goes along with a call: the key by which a server can tell a repeat, and a trace for its own telemetry. */
export function metaOf({ idempotencyKey }: CallContext): Record<string, string> {
  const ids = randomBytes(24).toString('hex');
  const [trace, span] = [ids.slice(0, 32), ids.slice(32)];
  return { 'runner/idempotency-key': idempotencyKey, traceparent: `00-${trace}-${span}-01` };
}
