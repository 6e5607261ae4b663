import { randomBytes } from 'node:crypto';
import type { CallContext } from '../../../engine/ports.ts';

/** What goes along with a call: the key by which a server can tell a repeat, and a trace for its own telemetry. */
export function metaOf({ idempotencyKey }: CallContext): Record<string, string> {
  const [trace, span] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { 'runner/idempotency-key': idempotencyKey, traceparent: `00-${trace}-${span}-01` };
}
