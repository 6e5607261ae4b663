import { STATUS_CODES, type IncomingHttpHeaders } from 'node:http';
import type { Fault, Outcome } from '../../model/faults.ts';

const longestRetryAfterMs = 3_600_000;
const excerptLength = 200;

/**
 * The fault of a reply whose status says no.
 * @param call method and address, for the message
 * @param text the body, of which the first words are quoted
 */
export function statusFault(
  call: string,
  reply: { readonly status: number; readonly headers: IncomingHttpHeaders },
  text: string,
): Fault {
  const { status } = reply;
  const retryAfterMs = parseRetryAfter(reply.headers['retry-after'], Date.now());
  const said = excerpt(text);
  return {
    kind: status === 429 ? 'rate_limited' : `http.${status}`,
    message: `${call} answered ${nameOfStatus(status)}${said === '' ? '' : `: ${said}`}`,
    outcome: outcomeOfStatus(status),
    transient: status >= 500 || status === 408 || status === 425 || status === 429,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** The fault of a connection that failed. `sent`: the far side may have received the request. */
export function connectionFault(call: string, error: unknown, sent: boolean): Fault {
  const code = codeOf(error);
  if (code === 'EGRESS_DENIED') return refusedHere('egress_denied', `${call}: ${messageOf(error)}`);
  if (code === 'HPE_HEADER_OVERFLOW') return tooLarge(call, 'the headers of the reply are larger than 16 KB');
  if (sent && code.startsWith('HPE_')) return invalidReply(call, `what came back is not HTTP (${code})`);
  return {
    kind: 'connection',
    message: `${call}: ${explainConnection(code, error, sent)}`,
    outcome: sent ? 'unknown' : 'not_executed',
    transient: true,
  };
}

/** The fault of a call that its signal ended: `timeout` when the reason is a TimeoutError, otherwise `cancelled`. */
export function abortFault(call: string, signal: AbortSignal, sent: boolean): Fault {
  const timedOut = isTimeout(signal.reason);
  const when = sent ? 'before the answer was complete' : 'before anything was sent';
  return {
    kind: timedOut ? 'timeout' : 'cancelled',
    message: `${call} ${timedOut ? 'ran out of time' : 'was cancelled'} ${when}`,
    outcome: sent ? 'unknown' : 'not_executed',
    transient: timedOut,
  };
}

/** The fault of an answer that cannot be understood; the work behind it may be done. */
export function invalidReply(call: string, reason: string): Fault {
  return { kind: 'invalid_reply', message: `${call}: ${reason}`, outcome: 'unknown', transient: false };
}

/** The fault of an answer that was not read to its end; the work behind it may be done. */
export function tooLarge(call: string, reason: string): Fault {
  return { kind: 'too_large', message: `${call}: ${reason}`, outcome: 'unknown', transient: false };
}

/** A call that was refused here, before anything left the machine. */
export function refusedHere(kind: 'egress_denied' | 'invalid_params', message: string, hint?: string): Fault {
  return { kind, message, outcome: 'not_executed', transient: false, ...(hint === undefined ? {} : { hint }) };
}

/** The first words of a text, on one line. */
export function excerpt(text: string): string {
  const line = text
    .slice(0, 4 * excerptLength)
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  const isCut = line.length > excerptLength || text.length > 4 * excerptLength;
  return isCut ? `${line.slice(0, excerptLength)}…` : line;
}

/** The end of a text, with a mark where it was cut: by that a redactor knows that half a secret may follow. */
export function endOf(text: string, length: number): string {
  return text.length > length ? `…${text.slice(1 - length)}` : text;
}

/** Milliseconds that a `Retry-After` header (seconds or an HTTP date) asks for, one hour at most. */
function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const waitMs = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(Math.ceil(waitMs), 0), longestRetryAfterMs);
}

// 408 comes from gateways too, while the work behind them goes on; 425 is sent before any work begins.
function outcomeOfStatus(status: number): Outcome {
  if (status === 429) return 'not_executed';
  return status >= 500 || status === 408 ? 'unknown' : 'failed';
}

function nameOfStatus(status: number): string {
  const name = STATUS_CODES[status];
  return name === undefined ? String(status) : `${status} ${name}`;
}

function explainConnection(code: string, error: unknown, sent: boolean): string {
  const reason = code === '' ? messageOf(error) : code;
  if (sent) return `the connection was lost before the answer was complete (${reason})`;
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name cannot be resolved (${code})`;
    case 'ECONNREFUSED':
      return 'the connection was refused (ECONNREFUSED)';
    default:
      return `no connection could be made (${reason})`;
  }
}

function isTimeout(reason: unknown): boolean {
  return typeof reason === 'object' && reason !== null && 'name' in reason && reason.name === 'TimeoutError';
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'no reason given';
}
