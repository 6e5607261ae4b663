import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { CallContext } from '../../engine/ports.ts';
import type { HttpAction } from '../../model/actions.ts';
import type { Fault } from '../../model/faults.ts';
import { isJsonObject, isScalar, type Json } from '../../model/json.ts';
import { refusedHere } from './faults.ts';
import { headerText } from './header-text.ts';

/** A request that is ready to be sent. */
export interface HttpRequest {
  readonly method: string;
  /** Without credentials. */
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export type Prepared =
  { readonly ok: true; readonly request: HttpRequest } | { readonly ok: false; readonly fault: Fault };

/** Builds the request of a step. What cannot be sent as it stands is refused, not repaired. */
export function prepareRequest(action: HttpAction, context: CallContext): Prepared {
  const method = action.method.toUpperCase();
  if (!/^[A-Z]+$/.test(method) || method === 'CONNECT') return refuse(`the method "${action.method}" cannot be used`);
  const url = URL.canParse(action.url) ? new URL(action.url) : undefined;
  if (url === undefined) return refuse('the url is not a whole address, such as https://api.example.com/v1/items');
  if (!isReadable(url)) return refuse('the url has a stray % before its @; write a percent sign there as %25');
  const body = writeBody(action.body);
  if (body === undefined && action.body !== undefined) return refuse('a form holds texts, numbers and lists of them');
  const headers = headersOf(action, { method, url, context });
  const fault = faultOfHeaders(headers);
  if (fault !== undefined) return refuse(fault);
  return { ok: true, request: { method, url: withQuery(url, action.query), headers, body } };
}

function headersOf(
  action: HttpAction,
  { method, url, context }: { readonly method: string; readonly url: URL; readonly context: CallContext },
): Record<string, string> {
  const authorization = authorizationOf(action, url);
  const own = Object.entries(action.headers).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    accept: '*/*',
    'accept-encoding': 'gzip, deflate, br',
    'user-agent': 'runner',
    ...(action.body === undefined ? {} : { 'content-type': contentTypes[action.body.kind] }),
    ...(method === 'GET' || method === 'HEAD' ? {} : { 'idempotency-key': headerText(context.idempotencyKey) }),
    ...Object.fromEntries(own),
    ...(authorization === undefined ? {} : { authorization }),
  };
}

const contentTypes = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  text: 'text/plain; charset=utf-8',
};

function authorizationOf({ auth }: HttpAction, url: URL): string | undefined {
  if (auth?.kind === 'bearer') return `Bearer ${auth.token}`;
  if (auth?.kind === 'basic') return basic(auth.username, auth.password);
  if (url.username === '' && url.password === '') return undefined;
  return basic(decodeURIComponent(url.username), decodeURIComponent(url.password));
}

function isReadable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** What is wrong with the headers, without the value of any: it may be a secret. */
function faultOfHeaders(headers: Readonly<Record<string, string>>): string | undefined {
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'content-length' || name === 'transfer-encoding') return `the header "${name}" follows from the body`;
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      return `the header ${JSON.stringify(name)} holds a character that no header can carry`;
    }
  }
  return undefined;
}

// The author's own percent-encoding in the url is left as it is.
function withQuery(url: URL, query: HttpAction['query']): URL {
  const full = new URL(url);
  full.username = '';
  full.password = '';
  full.hash = '';
  const added = Object.entries(query).flatMap(([name, values]) => [values].flat().map((value) => pair(name, value)));
  if (added.length > 0) full.search = [full.search.slice(1), ...added].filter((part) => part !== '').join('&');
  return full;
}

function pair(name: string, value: unknown): string {
  return `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`;
}

/** The body as text; undefined when there is none, or when a form holds what a form cannot. */
function writeBody(body: HttpAction['body']): string | undefined {
  switch (body?.kind) {
    case undefined:
      return undefined;
    case 'json':
      return JSON.stringify(body.value);
    case 'text':
      return typeof body.value === 'string' ? body.value : JSON.stringify(body.value);
    case 'form':
      return writeForm(body.value);
  }
}

function writeForm(value: Json): string | undefined {
  if (typeof value === 'string') return value;
  if (!isJsonObject(value)) return undefined;
  const fields = Object.entries(value).flatMap(([name, field]) => [field].flat().map((item) => ({ name, item })));
  if (!fields.every(({ item }) => isScalar(item))) return undefined;
  return fields.map(({ name, item }) => pair(name, item ?? '')).join('&');
}

function refuse(reason: string): Prepared {
  return { ok: false, fault: refusedHere('invalid_params', `The request was not sent: ${reason}`) };
}
