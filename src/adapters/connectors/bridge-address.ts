import type { RequestOptions } from 'node:http';
import { urlToHttpOptions } from 'node:url';
import { RunnerError } from '../../model/errors.ts';

/** Where the bridge is and how it is spoken to. */
export interface BridgeAddress {
  readonly target: Pick<RequestOptions, 'protocol' | 'hostname' | 'port' | 'auth'>;
  /** The path of the base address, without a slash at its end. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
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
  const { protocol, hostname, port, auth } = urlToHttpOptions(url);
  const path = url.pathname.replace(/\/+$/, '');
  return {
    target: { protocol, hostname, port, auth },
    path,
    headers: headersFor(apiKey),
    shown: url.origin + path,
    apiKey,
  };
}

/** `POST http://host/path`, as messages name a call. */
export function readable({ shown }: BridgeAddress, method: string, path: string): string {
  return `${method} ${shown}${path}`;
}

function headersFor(apiKey: string | undefined): Readonly<Record<string, string>> {
  const usual = { accept: 'application/json', 'accept-encoding': 'gzip' };
  if (apiKey === undefined) return usual;
  if (!/^[\u0021-\u007e]+$/.test(apiKey)) {
    throw new RunnerError('CONFIG_INVALID', 'The key of the bridge holds a character that no header can carry.', {
      hint: 'Check MCP_API_KEY, or "api_key" under "bridge" in runner.yaml, for spaces and line ends.',
    });
  }
  return { ...usual, 'x-api-key': apiKey };
}

// The address may hold a password, so that the message does not repeat it.
function unusable(reason: string, hint: string): RunnerError {
  return new RunnerError('CONFIG_INVALID', `The address of the bridge ${reason}.`, {
    hint: `Check MCP_BRIDGE_URL, or "url" under "bridge" in runner.yaml. ${hint}`,
  });
}
