import type { StepResult, ToolAction } from '../../model/actions.ts';
import type { Fault } from '../../model/faults.ts';
import { isJsonObject, type Json } from '../../model/json.ts';
import { readable, type BridgeAddress } from './bridge-address.ts';
import type { Exchange, Reply } from './exchange.ts';
import { excerpt, invalidReply, statusFault } from './faults.ts';
import { readToolResult } from './mcp-content.ts';
import { parseJson } from './reply-body.ts';

/** What a reply to `POST /mcp/execute` means for the step. */
export function readExecution(action: ToolAction, address: BridgeAddress, received: Exchange): StepResult {
  const call = readable(address, 'POST', '/mcp/execute');
  const result = received.ok ? readReply(action, call, received.reply) : failed(received.fault);
  return result.ok ? result : failed(explain(result.fault, address));
}

/** The fault of a reply whose status is not 2xx. */
export function refusal(call: string, reply: Reply): Fault {
  const parsed = parseJson(reply.body);
  const said = parsed.ok ? (errorOf(parsed.value) ?? parsed.value) : undefined;
  const fault = statusFault(call, reply, said === undefined ? reply.body.toString('utf8') : textOf(said));
  return isRedirect(reply.status) ? { ...fault, message: `${call} answered with a redirect${targetOf(reply)}` } : fault;
}

/** Adds what a person can do, and takes out the key should the far side have repeated it. */
export function explain(fault: Fault, { apiKey }: BridgeAddress): Fault {
  const hint = fault.hint ?? hintFor(fault);
  const message =
    apiKey !== undefined && apiKey.length >= 6 ? fault.message.replaceAll(apiKey, '[redacted]') : fault.message;
  return { ...fault, message, ...(hint === undefined ? {} : { hint }) };
}

function readReply(action: ToolAction, call: string, reply: Reply): StepResult {
  const { status } = reply;
  if (status < 200 || status > 299) return failed(asUnknownTool(action, status, refusal(call, reply)));
  const parsed = parseJson(reply.body);
  if (!parsed.ok) return failed(invalidReply(call, `${parsed.reason}${quote(reply)}`));
  const { value } = parsed;
  if (!isJsonObject(value)) return failed(invalidReply(call, `the body is not a JSON object${quote(reply)}`));
  const error = errorOf(value);
  if (error !== undefined) return failed(toolError(action, textOf(error)));
  const { result } = value;
  if (result === undefined) return failed(invalidReply(call, `the reply has no "result"${quote(reply)}`));
  const answer = readToolResult(result);
  return answer.ok ? { ok: true, output: answer.value } : failed(toolError(action, answer.message));
}

function toolError(action: ToolAction, said: string): Fault {
  const message = `${action.server}/${action.tool} reported an error: ${excerpt(said) || 'it gave no reason'}`;
  const kind = saysUnknownTool(action, said) ? 'unknown_tool' : 'tool_error';
  return { kind, message, outcome: 'failed', transient: false };
}

function asUnknownTool(action: ToolAction, status: number, fault: Fault): Fault {
  const isUnknown = status === 404 || (status >= 400 && status < 500 && saysUnknownTool(action, fault.message));
  return isUnknown ? { ...fault, kind: 'unknown_tool' } : fault;
}

/**
 * True when the text says that there is no such tool or server. The name must stand beside the verdict: "tool x
 * failed: customer not found" says something else.
 */
export function saysUnknownTool({ server, tool }: ToolAction, said: string): boolean {
  const text = said.toLowerCase().replaceAll(/[\s"'`:()]+/g, ' ');
  if (/\b(?:unknown tool|tool not found|no such tool)\b/.test(text)) return true;
  const toolNames = [`${server}/${tool}`, `${server}.${tool}`, tool];
  return toolNames.some((name) => saysUnknown(text, 'tool', name)) || saysUnknown(text, 'server', server);
}

const verdicts = ['not found', 'is unknown', 'does not exist', 'is not registered', 'is not available'];

function saysUnknown(text: string, noun: string, name: string): boolean {
  const subject = `${noun} ${name.toLowerCase()}`;
  const denials = ['no', 'no such', 'unknown'].map((denial) => `${denial} ${subject}`);
  return [...denials, ...verdicts.map((verdict) => `${subject} ${verdict}`)].some((phrase) => text.includes(phrase));
}

/** What the reply gives as its error: an `error` that is not null, or a whole reply that says `isError`. */
function errorOf(value: Json): Json | undefined {
  if (!isJsonObject(value)) return undefined;
  if (value['error'] !== undefined && value['error'] !== null && value['error'] !== false) return value['error'];
  return value['isError'] === true ? (value['message'] ?? value['content'] ?? value['result'] ?? '') : undefined;
}

function textOf(error: Json): string {
  if (typeof error === 'string') return error;
  if (isJsonObject(error) && typeof error['message'] === 'string') return error['message'];
  return JSON.stringify(error);
}

function hintFor({ kind }: Fault): string | undefined {
  switch (kind) {
    case 'connection':
      return 'Check that the bridge runs and that MCP_BRIDGE_URL names it.';
    case 'http.401':
    case 'http.403':
      return 'Check MCP_API_KEY: the bridge does not accept the key that it was sent.';
    case 'unknown_tool':
      return 'See "runner tools" for the tools that the bridge offers, and check the path in MCP_BRIDGE_URL.';
    default:
      return kind.startsWith('http.3') ? 'Set MCP_BRIDGE_URL to the address that the bridge redirects to.' : undefined;
  }
}

function isRedirect(status: number): boolean {
  return status >= 300 && status <= 399;
}

/** Origin and path alone: the query of a login page holds tokens. */
function targetOf({ headers: { location } }: Reply): string {
  if (location === undefined || !URL.canParse(location)) return '';
  const { origin, pathname } = new URL(location);
  return ` to ${origin}${pathname}`;
}

function quote({ body }: Reply): string {
  const said = excerpt(body.toString('utf8', 0, 1_000));
  return said === '' ? '' : `: ${said}`;
}

function failed(fault: Fault): StepResult & { readonly ok: false } {
  return { ok: false, fault };
}
