import { Agent, request } from 'node:http';
import { inParallel, loadOf, serve } from './serve.ts';

/** The least that anybody can do: the same calls over kept connections, and nothing remembered. */
interface Task {
  readonly url: string;
  readonly calls: number;
  readonly atOnce: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 100 });

serve(({ url, calls, atOnce }: Task) =>
  loadOf(calls, () =>
    inParallel(calls, atOnce, async (index) => {
      await call(`${url}/mcp/execute`, { server: 'render', tool: 'update_service', params: { id: `srv-${index}` } });
    }),
  ),
);

function call(url: string, body: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(text);
  });
}
