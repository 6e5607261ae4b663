import { urlToHttpOptions } from 'node:url';
import { RunnerError } from '../../model/errors.ts';

/** Where the bridge is and how it is spoken to. */
export interface BridgeAddress {
  readonly origin: string;
  /** The path of the base address, without a slash at its end. */
  readonly path: string;
  /** The headers of every request, each with its line end. */
  readonly headers: string;
  /** Origin and path, for messages; without credentials. */
  readonly shown: string;
  readonly apiKey: string | undefined;
}

/** @throws RunnerError CONFIG_INVALID */
export function readAddress(text: string, apiKey: string | undefined): BridgeAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw unusable('is not an http or https address', 'Write it like http://127.0.0.1:3000.');
  }
  if (url.search !== '' || url.hash !== '') {
    throw unusable('holds a query or a fragment', 'Leave out what begins with "?" or "#"; a path is fine.');
  }
  const path = url.pathname.replace(/\/+$/, '');
  return {
    origin: url.origin,
    path,
    headers: headersFor(url, apiKey),
    shown: url.origin + path,
    apiKey,
  };
}

/** `POST http://host/path`, as messages name a call. */
export function readable({ shown }: BridgeAddress, method: string, path: string): string {
  return `${method} ${shown}${path}`;
}

export interface BridgeRequest {
  readonly method: 'GET' | 'POST';
  /** Below the address, beginning with a slash. */
  readonly path: string;
  /** Names and values as they may stand in a message. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The whole request as it is written to a connection. */
export function messageOf(address: BridgeAddress, { method, path, headers, body }: BridgeRequest): string {
  const length = method === 'POST' ? { 'content-length': String(Buffer.byteLength(body)) } : {};
  const head = `${method} ${address.path}${path} HTTP/1.1\r\n${address.headers}${linesOf({ ...headers, ...length })}`;
  return `${head}\r\n${body}`;
}

function headersFor(url: URL, apiKey: string | undefined): string {
  const { auth } = urlToHttpOptions(url);
  const credentials =
    typeof auth === 'string' ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
  const key = apiKey === undefined ? {} : { 'x-api-key': checkedKey(apiKey) };
  const usual = { host: url.host, connection: 'keep-alive', accept: 'application/json', 'accept-encoding': 'gzip' };
  return linesOf({ ...usual, ...credentials, ...key });
}

function checkedKey(apiKey: string): string {
  if (/^[\u0021-\u007e]+$/.test(apiKey)) return apiKey;
  throw new RunnerError('CONFIG_INVALID', 'The key of the bridge holds a character that no header can carry.', {
    hint: 'Check MCP_API_KEY, or "api_key" under "bridge" in runner.yaml, for spaces and line ends.',
  });
}

function linesOf(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}

// The address may hold a password, so that the message does not repeat it.
function unusable(reason: string, hint: string): RunnerError {
  return new RunnerError('CONFIG_INVALID', `The address of the bridge ${reason}.`, {
    hint: `Check MCP_BRIDGE_URL, or "url" under "bridge" in runner.yaml. ${hint}`,
  });
}
