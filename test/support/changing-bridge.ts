import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A bridge whose tools change under the workflow. */
export class ChangingBridge {
  tools: object[];
  /** JSON text that takes the place of the last tool's parameters. */
  monster: string | undefined;
  /** False: it does not say which tools it has. */
  isListed = true;
  readonly calls: string[] = [];
  readonly #server: Server = createServer((request, response) => {
    const isList = request.method === 'GET';
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (!isList) this.calls.push(body);
      response.setHeader('content-type', 'application/json');
      if (isList && !this.isListed) response.statusCode = 503;
      response.end(isList ? this.#list() : JSON.stringify({ success: true, result: { ok: true } }));
    });
  });

  constructor(tools: object[]) {
    this.tools = tools;
  }

  #list(): string {
    if (this.monster === undefined) return JSON.stringify({ tools: this.tools });
    const [first, last] = this.tools;
    const text = JSON.stringify({ tools: [first, { ...last, parameters: 'monster' }] });
    return text.replace('"monster"', this.monster);
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** How it describes a tool of the server `far`. */
export function tool(name: string, parameters: object, annotations: object = {}) {
  return { server: 'far', name, description: `Does ${name}`, parameters, annotations };
}
