import type { CallContext, Connector } from '../../engine/ports.ts';
import type { Action, StepResult, ToolAction } from '../../model/actions.ts';
import { RunnerError } from '../../model/errors.ts';
import type { ToolDescription } from '../../model/executions.ts';
import { readAddress, readable } from './bridge-address.ts';
import { catalogueFrom } from './bridge-catalogue.ts';
import { readExecution } from './bridge-reply.ts';
import { exchange, type Exchange } from './exchange.ts';
import { headerText } from './header-text.ts';
import { loadTransport, type Transport } from './keep-alive.ts';

const largestReplyBytes = 5 * 1_048_576;
const usualInFlight = 100;

export interface BridgeOptions {
  /** Base address; a path in it is kept. */
  readonly url: string;
  /** Sent as `X-API-Key`. */
  readonly apiKey?: string;
  /** Connections at once, 100 unless told; more calls wait for one to become free. */
  readonly maxInFlight?: number;
}

export type BridgeConnector = Connector & {
  /**
   * The tools that the bridge offers.
   * @throws RunnerError BRIDGE_UNREACHABLE, BRIDGE_KEY_REFUSED
   */
  list(signal: AbortSignal): Promise<readonly ToolDescription[]>;
  /** Closes all connections; calls that are under way end with a fault. */
  close(): void;
};

interface BridgeRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Calls tools through an MCP bridge: `POST /mcp/execute` and `GET /tools`. Opens nothing before the first call.
 * @throws RunnerError CONFIG_INVALID when the address or the key cannot be used
 */
export function createBridgeConnector(options: BridgeOptions): BridgeConnector {
  const address = readAddress(options.url, options.apiKey);
  let transport: Promise<Transport> | undefined;
  let loaded: Transport | undefined;

  async function send(request: BridgeRequest, signal: AbortSignal): Promise<Exchange> {
    transport ??= loadTransport(address.target, options.maxInFlight ?? usualInFlight);
    loaded ??= await transport;
    const { method, path, body } = request;
    const headers = { ...address.headers, ...request.headers };
    const opened = loaded.open({ method, path: address.path + path, headers });
    return exchange(opened, body, { call: readable(address, method, path), maxBytes: largestReplyBytes, signal });
  }

  return {
    async call(action: Action, context: CallContext, signal: AbortSignal): Promise<StepResult> {
      if (action.kind !== 'tool') throw new RunnerError('INTERNAL', `The bridge was given a "${action.kind}" step.`);
      const received = await send(executionOf(action, context), signal);
      return readExecution(action, address, received);
    },
    async list(signal: AbortSignal): Promise<readonly ToolDescription[]> {
      const received = await send({ method: 'GET', path: '/tools', headers: {}, body: '' }, signal);
      return catalogueFrom(address, received);
    },
    close(): void {
      void transport?.then(({ close }) => close());
    },
  };
}

function executionOf({ server, tool, params }: ToolAction, { idempotencyKey }: CallContext): BridgeRequest {
  const body = JSON.stringify({ server, tool, params });
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'idempotency-key': headerText(idempotencyKey),
  };
  return { method: 'POST', path: '/mcp/execute', headers, body };
}
