import type { CallContext, Connector } from '../../engine/ports.ts';
import type { SchemaCheck } from '../../model/schema-check.ts';
import type { Action, HttpAction, StepResult } from '../../model/actions.ts';
import { RunnerError } from '../../model/errors.ts';
import type { Fault } from '../../model/faults.ts';
import { createEgress, type Egress, type Origin, type Resolve } from './egress.ts';
import type { Exchange } from './exchange.ts';
import { refusedHere, statusFault } from './faults.ts';
import { http } from './http-door.ts';
import { isExpectedStatus, readHttpReply } from './http-reply.ts';
import { prepareRequest, type HttpRequest } from './http-request.ts';
import { nextRequest } from './redirects.ts';

const maxRedirects = 5;

export interface HttpOptions {
  /** Hosts that a computed url may name: `api.example.com`, `api.example.com:8443`, `*.example.com`. */
  readonly allowHosts: readonly string[];
  /** Judges `expect.schema`. */
  readonly schemaCheck: SchemaCheck;
  /** How names become addresses; the system's way unless told. */
  readonly resolve?: Resolve;
}

/** Performs `http` steps: one request each, and up to five redirects. */
export function createHttpConnector({ allowHosts, schemaCheck, resolve }: HttpOptions): Connector {
  const egress = createEgress(allowHosts, resolve);
  return {
    async call(action: Action, context: CallContext, signal: AbortSignal): Promise<StepResult> {
      if (action.kind !== 'http') throw new RunnerError('INTERNAL', `http was given a "${action.kind}" step.`);
      const prepared = prepareRequest(action, context);
      if (!prepared.ok) return prepared;
      const { request } = prepared;
      const received = await follow({ action, egress, signal }, request);
      return received.ok ? readHttpReply(nameOf(request), action, received.reply, schemaCheck) : received;
    },
  };
}

interface Journey {
  readonly action: HttpAction;
  readonly egress: Egress;
  readonly signal: AbortSignal;
}

async function follow(journey: Journey, first: HttpRequest): Promise<Exchange> {
  const { action } = journey;
  let request = first;
  let origin: Origin = { by: action.computedHost ? 'expression' : 'text' };
  for (let redirects = 0; ; redirects += 1) {
    const received = await visit(journey, request, origin);
    if (!received.ok) return redirects === 0 ? received : { ok: false, fault: afterRedirect(first, received.fault) };
    const next = isExpectedStatus(action, received.reply.status) ? undefined : nextRequest(request, received.reply);
    if (next === undefined) return received;
    if (redirects === maxRedirects) return { ok: false, fault: tooManyRedirects(first, received.reply.status) };
    origin = { by: 'redirect', from: first.url.hostname };
    request = next;
  }
}

async function visit({ action, egress, signal }: Journey, request: HttpRequest, origin: Origin): Promise<Exchange> {
  const reason = egress.refusal(request.url, origin);
  if (reason !== undefined) return { ok: false, fault: notAllowed(request, reason, origin) };
  const lookup = egress.lookupFor(request.url, origin);
  return http({ ...request, lookup }, { call: nameOf(request), maxBytes: action.maxSizeBytes, signal });
}

function notAllowed(request: HttpRequest, reason: string, { by }: Origin): Fault {
  const hint = `Add ${request.url.host} to "allow_hosts" under "egress" in runner.yaml if this workflow may call it.`;
  return refusedHere('egress_denied', `${nameOf(request)}: ${reason}`, by === 'expression' ? hint : undefined);
}

/** Where a write was redirected, its first stop may have done the work before a later one failed. */
function afterRedirect({ method }: HttpRequest, fault: Fault): Fault {
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead || fault.outcome !== 'not_executed' ? fault : { ...fault, outcome: 'unknown' };
}

function tooManyRedirects(first: HttpRequest, status: number): Fault {
  const fault = statusFault(nameOf(first), { status, headers: {} }, '');
  return { ...fault, message: `${nameOf(first)} was redirected more than ${maxRedirects} times` };
}

function nameOf({ method, url }: HttpRequest): string {
  return `${method} ${url.origin}${url.pathname}`;
}
