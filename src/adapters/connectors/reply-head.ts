import type { IncomingHttpHeaders } from 'node:http';

/** A reply that is not read to its end. `upgrade`: from here on it is another protocol. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
  readonly kind: 'malformed' | 'too_long' | 'upgrade';

  constructor(kind: ReplyError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface ReplyHead {
  readonly status: number;
  /** Names in lower case; of a header that came twice, both values with a comma between. */
  readonly headers: IncomingHttpHeaders;
  /** Whether the connection may carry another call after this one. */
  readonly isKept: boolean;
  /** Bytes of the body, or how its end is found. */
  readonly body: number | 'chunked' | 'until-close';
}

/**
 * Reads status line and headers (RFC 9112).
 * @param text the head without the empty line at its end
 * @throws ReplyError malformed
 */
export function readHead(text: string): ReplyHead {
  const [first = '', ...lines] = text.split('\r\n');
  const [, version, code] = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(first) ?? [];
  if (code === undefined) throw new ReplyError('malformed', 'the status line is none');
  const status = Number(code);
  const headers = readHeaders(lines);
  const body = bodyOf(status, headers);
  const connection = headers.connection?.toLowerCase() ?? '';
  const isKept = version === '1' ? !connection.includes('close') : connection.includes('keep-alive');
  return { status, headers, isKept: isKept && body !== 'until-close', body };
}

function readHeaders(lines: readonly string[]): IncomingHttpHeaders {
  const headers = Object.create(null) as IncomingHttpHeaders;
  for (const line of lines) {
    const [, name = '', value = ''] = /^([\w!#$%&'*+.^`|~-]+):[\t ]*([^\0\r\n]*)$/.exec(line) ?? [];
    if (name === '') throw new ReplyError('malformed', 'a header is none');
    const key = name.toLowerCase();
    const before = headers[key];
    headers[key] = before === undefined ? value.trimEnd() : `${String(before)}, ${value.trimEnd()}`;
  }
  return headers;
}

/** Two opinions about where a body ends are one too many. */
function bodyOf(status: number, headers: IncomingHttpHeaders): ReplyHead['body'] {
  const { 'transfer-encoding': coding, 'content-length': length } = headers;
  if (status < 200 || status === 204 || status === 304) return 0;
  if (coding !== undefined) {
    if (length !== undefined) throw new ReplyError('malformed', 'it has both a length and a transfer encoding');
    if (coding.toLowerCase() !== 'chunked') throw new ReplyError('malformed', 'its transfer encoding is not "chunked"');
    return 'chunked';
  }
  if (length === undefined) return 'until-close';
  if (!/^\d{1,15}$/.test(length)) throw new ReplyError('malformed', 'its length is no number');
  return Number(length);
}
