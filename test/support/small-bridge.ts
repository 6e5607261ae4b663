import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json, JsonObject } from '../../src/model/json.ts';

export interface BridgeCall {
  readonly server: string;
  readonly tool: string;
  readonly params: JsonObject;
}

/** What a tool answers: a result, a status in place of one, or nothing at all. */
export type BridgeAnswer = { readonly result: Json } | { readonly status: number } | 'silence' | 'hang up';

export interface SmallBridge {
  readonly url: string;
  /** What really arrived, in order. */
  readonly calls: readonly BridgeCall[];
  /** Resolves when so many calls have arrived. */
  arrived(count: number): Promise<void>;
  close(): void;
}

/** A real HTTP bridge on loopback that answers as it is told. */
export async function startSmallBridge(answer: (call: BridgeCall) => BridgeAnswer): Promise<SmallBridge> {
  const calls: BridgeCall[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      // It lists no tools.
      if (request.method === 'GET') return void response.writeHead(404).end();
      const call = JSON.parse(body) as BridgeCall;
      calls.push(call);
      for (const look of waiting) look();
      const given = answer(call);
      if (given === 'silence') return;
      if (given === 'hang up') return void request.socket.destroy();
      const isResult = 'result' in given;
      response.writeHead(isResult ? 200 : given.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(isResult ? { result: given.result, execution_id: 'e' } : { error: 'no' }));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    arrived: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (calls.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
