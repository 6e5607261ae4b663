import type { CallContext, Connector } from '../../engine/ports.ts';
import type { Action, StepResult, ToolAction } from '../../model/actions.ts';
import { RunnerError } from '../../model/errors.ts';
import type { ToolDescription } from '../../model/executions.ts';
import { messageOf, readAddress, readable, type BridgeRequest } from './bridge-address.ts';
import { catalogueFrom } from './bridge-catalogue.ts';
import { readExecution } from './bridge-reply.ts';
import { exchange } from './bridge-call.ts';
import { Connections, wayTo } from './connections.ts';
import type { Exchange } from './exchange.ts';
import { headerText } from './header-text.ts';

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

/**
 * Calls tools through an MCP bridge: `POST /mcp/execute` and `GET /tools`. Opens nothing before the first call.
 * @throws RunnerError CONFIG_INVALID when the address or the key cannot be used
 */
export function createBridgeConnector(options: BridgeOptions): BridgeConnector {
  const address = readAddress(options.url, options.apiKey);
  let loading: Promise<Connections> | undefined;
  let loaded: Connections | undefined;

  async function send(request: BridgeRequest, signal: AbortSignal): Promise<Exchange> {
    loading ??= open(address.origin, options.maxInFlight ?? usualInFlight);
    loaded ??= await loading;
    const call = readable(address, request.method, request.path);
    return exchange(loaded, messageOf(address, request), { call, maxBytes: largestReplyBytes, signal });
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
      void loading?.then((connections) => connections.close());
    },
  };
}

async function open(origin: string, atMost: number): Promise<Connections> {
  return new Connections(await wayTo(origin), atMost);
}

function executionOf({ server, tool, params }: ToolAction, { idempotencyKey }: CallContext): BridgeRequest {
  const body = JSON.stringify({ server, tool, params });
  const headers = {
    'content-type': 'application/json',
    'idempotency-key': headerText(idempotencyKey),
  };
  return { method: 'POST', path: '/mcp/execute', headers, body };
}
