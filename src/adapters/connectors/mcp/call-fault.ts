import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client';
import type { ToolAction } from '../../../model/actions.ts';
import type { Fault } from '../../../model/faults.ts';
import { abortFault, endOf, excerpt, invalidReply, statusFault, tooLarge } from '../faults.ts';
import { nameOf, protocolFault } from './answer-faults.ts';
import type { Connection } from './connection.ts';
import { FaultError } from './fault-error.ts';
import { faultBehind } from './fault-messages.ts';
import { StdioTransport } from './stdio-transport.ts';

/** The fault of a call that ended with an error of the SDK: what happened, and whether the tool may have run. */
export function callFault(
  action: ToolAction,
  error: unknown,
  { transport, signal }: { readonly transport: Connection['transport']; readonly signal: AbortSignal },
): Fault {
  const name = nameOf(action);
  if (signal.aborted) return abortFault(name, signal, true);
  if (error instanceof FaultError) return error.fault;
  if (error instanceof ProtocolError) {
    return faultBehind(error.data) ?? protocolFault(action, error.code, error.message);
  }
  if (error instanceof SdkHttpError) return refusal(name, error, transport);
  if (error instanceof SdkError) return sdkFault(action, error, transport);
  return error instanceof SyntaxError ? invalidReply(name, 'the reply is not JSON') : lost(name, transport, error);
}

/** True when the server does not know the session any more, so that it surely did nothing. */
export function isSessionGone(error: unknown, transport: Connection['transport']): boolean {
  const hadSession = !(transport instanceof StdioTransport) && transport.sessionId !== undefined;
  return hadSession && error instanceof SdkHttpError && error.status === 404;
}

function refusal(name: string, { status, data }: SdkHttpError, transport: Connection['transport']): Fault {
  const text = typeof data['text'] === 'string' ? data['text'] : '';
  const fault = statusFault(name, { status, headers: {} }, text);
  if (status === 401 && !(transport instanceof StdioTransport) && transport.credentials) {
    return transport.credentials.refused().fault;
  }
  const last = transport instanceof StdioTransport ? undefined : transport.lastFault();
  // The SDK's error has no headers; where calls overlap, the last refusal may be that of another call.
  const retryAfterMs = last?.kind === fault.kind ? last.retryAfterMs : undefined;
  return retryAfterMs === undefined ? fault : { ...fault, retryAfterMs };
}

function sdkFault(action: ToolAction, error: SdkError, transport: Connection['transport']): Fault {
  const name = nameOf(action);
  if (error.code === SdkErrorCode.RequestTimeout) {
    const message = `${name} showed no sign of life for too long`;
    return { kind: 'timeout', message, outcome: 'unknown', transient: true };
  }
  if (unreadable.has(error.code)) return invalidReply(name, excerpt(error.message));
  return asking.has(error.code) ? asksBack(name) : lost(name, transport, error);
}

const unreadable: ReadonlySet<SdkErrorCode> = new Set([
  SdkErrorCode.InvalidResult,
  SdkErrorCode.ClientHttpUnexpectedContent,
]);

const asking: ReadonlySet<SdkErrorCode> = new Set([
  SdkErrorCode.UnsupportedResultType,
  SdkErrorCode.InputRequiredRoundsExceeded,
  SdkErrorCode.CapabilityNotSupported,
]);

/** The tool stopped halfway to ask a person, and can be called again once nothing needs to be asked. */
function asksBack(name: string): Fault {
  const message = `${name} asks for input, and nobody is there to give it`;
  return { kind: 'tool_error', message, outcome: 'failed', transient: false };
}

function lost(name: string, transport: Connection['transport'], error: unknown): Fault {
  if (!(transport instanceof StdioTransport)) {
    const reason = error instanceof Error ? excerpt(error.message) : 'no reason given';
    const message = `${name}: the connection was lost before the answer was complete (${reason})`;
    return { kind: 'connection', message, outcome: 'unknown', transient: true };
  }
  if (transport.isOverflown) return tooLarge(name, 'the server sent a message of more than 10 MB and was ended');
  const words = transport.lastWords();
  const said = words === '' ? '' : `: ${excerpt(endOf(words, 600))}`;
  const message = `${name}: the server ended before it answered (${transport.ending ?? 'its connection was closed'})${said}`;
  return { kind: 'connection', message, outcome: 'unknown', transient: true };
}
