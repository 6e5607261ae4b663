import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/client';
import type { Fault } from '../../../model/faults.ts';

/** Faults that a transport found, by the data of the message that tells of them: a server cannot forge these. */
const faults = new WeakMap<object, Fault>();

/** Ends a request with a fault: the SDK takes nothing but messages. */
export function faultMessage(id: RequestId, fault: Fault): JSONRPCMessage {
  const data = {};
  faults.set(data, fault);
  return { jsonrpc: '2.0', id, error: { code: -32_000, message: fault.message, data } };
}

/** The fault behind the data of an error; undefined for what a server said itself. */
export function faultBehind(data: unknown): Fault | undefined {
  return typeof data === 'object' && data !== null ? faults.get(data) : undefined;
}
