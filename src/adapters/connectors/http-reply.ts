import type { SchemaCheck } from '../../model/schema-check.ts';
import type { HttpAction, StepResult } from '../../model/actions.ts';
import type { Fault } from '../../model/faults.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Reply } from './exchange.ts';
import { invalidReply, statusFault } from './faults.ts';
import { parseJson, type Parsed } from './reply-body.ts';

/** What a reply means for the step: `{ status, headers, body }` when it is as the step expects. */
export async function readHttpReply(
  call: string,
  action: HttpAction,
  reply: Reply,
  schemaCheck: SchemaCheck,
): Promise<StepResult> {
  if (!isExpectedStatus(action, reply.status)) return { ok: false, fault: unexpectedStatus(call, action, reply) };
  const body = readBody(reply);
  if (!body.ok) return { ok: false, fault: invalidReply(call, body.reason) };
  const { schema } = action.expect;
  const fault = schema === undefined ? undefined : await checkSchema(call, schema, { value: body.value, schemaCheck });
  if (fault !== undefined) return { ok: false, fault };
  return { ok: true, output: { status: reply.status, headers: headersOf(reply), body: body.value } };
}

/** True when `expect.status` (codes and classes such as `2xx`; 2xx when it says nothing) covers the status. */
export function isExpectedStatus({ expect }: HttpAction, status: number): boolean {
  const code = String(status);
  return (expect.status ?? ['2xx']).some((entry) => entry === code || entry.toLowerCase() === `${code.charAt(0)}xx`);
}

function unexpectedStatus(call: string, action: HttpAction, reply: Reply): Fault {
  const fault = statusFault(call, reply, reply.body.toString('utf8', 0, 2_000));
  if (reply.status < 300) {
    const message = `${call} answered ${reply.status}, and the step expects ${(action.expect.status ?? []).join(', ')}`;
    return { kind: 'expectation', message, outcome: 'failed', transient: false };
  }
  const isRefused = reply.status === 401 || reply.status === 403;
  return isRefused ? { ...fault, hint: 'Check the credentials in "auth" or "headers" of the step.' } : fault;
}

async function checkSchema(
  call: string,
  schema: JsonObject,
  { value, schemaCheck }: { readonly value: Json; readonly schemaCheck: SchemaCheck },
): Promise<Fault | undefined> {
  const violations = await schemaCheck.violations(schema, value);
  if (violations.length === 0) return undefined;
  const shown = violations.slice(0, 3).map(({ path, message }) => (path === '' ? message : `${path} ${message}`));
  const more = violations.length > shown.length ? `, and ${violations.length - shown.length} more` : '';
  const message = `${call}: the body is not what the step expects: ${shown.join('; ')}${more}`;
  return { kind: 'expectation', message, outcome: 'failed', transient: false };
}

function readBody({ body, headers }: Reply): Parsed {
  if (body.length === 0) return { ok: true, value: null };
  const type = headers['content-type'] ?? '';
  if (/^[^;]*[/+]json\s*(?:;|$)/i.test(type)) {
    const parsed = parseJson(body);
    return parsed.ok ? parsed : { ok: false, reason: `${parsed.reason}, although its type is ${type}` };
  }
  const charset = /;\s*charset="?([^";\s]+)/i.exec(type)?.[1] ?? 'utf-8';
  try {
    return { ok: true, value: new TextDecoder(charset, { fatal: true }).decode(body) };
  } catch {
    return { ok: false, reason: `the body is neither JSON nor text (${type === '' ? 'it has no type' : type})` };
  }
}

function headersOf({ headers }: Reply): JsonObject {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string | string[]] => entry[1] !== undefined),
  );
}
