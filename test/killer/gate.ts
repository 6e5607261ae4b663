import { Agent, createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The instants around an effect at which the death of the caller hurts most. */
export type Moment = 'before_effect' | 'after_effect' | 'after_answer';

export const moments: readonly Moment[] = ['before_effect', 'after_effect', 'after_answer'];

/** How often each step of each run has called, over all processes: a script of answers goes on where it stopped. */
export type Played = Map<string, number>;

export interface Gate {
  readonly url: string;
  /** Settles when every call that came in has had its effect, then closes. */
  close(): Promise<void>;
}

interface GateOptions {
  /** Address of the effect server. */
  readonly target: string;
  readonly played: Played;
  /** Called at each moment of each call, which goes on when it settles. @returns false when the caller is dead now */
  readonly onMoment: (moment: Moment) => Promise<boolean>;
}

interface Params {
  readonly run?: string;
  readonly step?: string;
  /** What the first calls of the step meet, in order. */
  readonly script?: readonly Trouble[];
}

/**
 * `503`, `429`: answered so, without an effect. `cut`: the connection ends before the effect. `lost`: it ends after it.
 * `pending`: the result says `ready: false`; once the script is over it says `ready: true`.
 */
type Trouble = 503 | 429 | 'cut' | 'lost' | 'pending';

/**
 * Stands between one runner process and the effect server: it tells when an effect is about to happen and when it has
 * happened, and plays the troubles that a step's params ask for. It decides nothing about right and wrong.
 */
export async function openGate({ target, played, onMoment }: GateOptions): Promise<Gate> {
  const agent = new Agent({ keepAlive: true });
  const pending = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const call = pass(request, response).catch(() => void response.destroy());
    pending.add(call);
    void call.finally(() => pending.delete(call));
  });

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request);
    const trouble = nextTrouble(body, played);
    const arrives = await onMoment('before_effect');
    if (!arrives || trouble === 'cut') return void response.destroy();
    if (typeof trouble === 'number') return answer(response, trouble, '{"error":"scripted"}');
    const { status, text } = await forward(target, { request, body, agent });
    await onMoment('after_effect');
    if (trouble === 'lost') return void response.destroy();
    answer(response, status, withReadiness(text, trouble !== 'pending'));
    await onMoment('after_answer');
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      await Promise.all(pending);
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function nextTrouble(body: string, played: Played): Trouble | undefined {
  if (body === '') return undefined;
  const { params } = JSON.parse(body) as { readonly params: Params };
  const key = `${params.run} ${params.step}`;
  const count = played.get(key) ?? 0;
  played.set(key, count + 1);
  return params.script?.[count];
}

function withReadiness(text: string, ready: boolean): string {
  const reply = JSON.parse(text) as { readonly result?: object };
  return JSON.stringify({ ...reply, result: { ...reply.result, ready } });
}

function forward(
  target: string,
  { request, body, agent }: { readonly request: IncomingMessage; readonly body: string; readonly agent: Agent },
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const { method, url, headers } = request;
    const passed = send(`${target}${url}`, { method, headers, agent }, (reply) => {
      textOf(reply).then((text) => resolve({ status: reply.statusCode ?? 502, text }), reject);
    });
    passed.once('error', reject);
    passed.end(body);
  });
}

async function textOf(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function answer(response: ServerResponse, status: number, text: string): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}
