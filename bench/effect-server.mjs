#!/usr/bin/env node
/**
 * The auditor's bridge: it speaks the bridge's protocol and writes every effect to an append-only file before it
 * answers, so that a test can say afterwards what really happened, whatever the engine reports about itself.
 * No dependencies. Run it as a process of its own, or import `startEffectServer()`.
 *
 *   node effect-server.mjs --log FILE [--port 0] [--latency MS | LEAST-MOST] [--lose SHARE] [--seed N]
 *
 * On standard output it prints its address in one line, once it listens.
 *
 *   GET  /health, GET /tools, POST /mcp/execute {server,tool,params} -> {result,execution_id}
 *
 * Tools, all on server `audit`. Params are free; `run` and `step` among them are written to the log as such.
 *   get_value       reads: no effect
 *   keyed_write     an effect; honours the Idempotency-Key: a repeat gets the first answer and no second effect
 *   plain_write     an effect each time, whatever the key
 *   slow_write      like plain_write, and takes ten times the latency
 *
 * A line of the log: {"at","type","tool","key","run","step","params","effect"}, where `type` is `effect`, `repeat`
 * (a known key: no effect) or `read`, `at` is in milliseconds since 1970, and `effect` counts from 1 (null where
 * there was none). A server that is started anew with the same log knows its keys and its count.
 *
 * --latency: time before the effect. --lose: share of writes, 0 to 1, whose connection is closed after the effect
 * and before the answer, from a generator with a seed.
 */
import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const toolNames = ['get_value', 'keyed_write', 'plain_write', 'slow_write'];

/** Starts an auditor's bridge; resolves once it listens. */
export async function startEffectServer(options) {
  const { log, port = 0, host = '127.0.0.1', latencyMs = 0, lose = 0, seed = 1 } = options;
  const ledger = openLedger(log);
  const random = generator(seed);

  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => route(request, response, Buffer.concat(chunks).toString()));
  });

  function route(request, response, text) {
    switch (`${request.method} ${request.url}`) {
      case 'GET /health':
        return send(response, 200, { status: 'ok' });
      case 'GET /tools':
        return send(response, 200, { tools: catalogue() });
      case 'POST /mcp/execute':
        return execute(request, response, text);
      default:
        return send(response, 404, { error: `no route ${request.method} ${request.url}` });
    }
  }

  function execute(request, response, text) {
    const call = parse(text);
    if (call === undefined) return send(response, 400, { error: 'want {server, tool, params}' });
    if (call.server !== 'audit' || !toolNames.includes(call.tool)) {
      return send(response, 404, { error: `Unknown tool "${call.server}/${call.tool}"` });
    }
    const [least, most = least] = [latencyMs].flat();
    const waitMs = (least + random() * (most - least)) * (call.tool === 'slow_write' ? 10 : 1);
    // The effect happens even when the caller has gone meanwhile: that is what makes an outcome unknown.
    const finish = () => {
      const answer = ledger.perform(call, request.headers['idempotency-key'] ?? null);
      if (call.tool !== 'get_value' && random() < lose) return request.socket.destroy();
      return send(response, 200, answer);
    };
    return waitMs > 0 ? setTimeout(finish, waitMs) : finish();
  }

  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    url: `http://${host}:${server.address().port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          ledger.close();
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** The lines of a log, oldest first. */
export function readEffects(log) {
  if (!existsSync(log)) return [];
  const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

function openLedger(log) {
  removeCutLine(log);
  const answers = new Map();
  let effects = 0;
  for (const entry of readEffects(log)) {
    if (entry.type !== 'effect') continue;
    effects = entry.effect;
    if (entry.tool === 'keyed_write' && entry.key !== null) answers.set(entry.key, answerOf(entry));
  }
  const file = openSync(log, 'a', 0o600);

  function write(type, { tool, params }, key) {
    const effect = type === 'effect' ? (effects += 1) : null;
    const { run = null, step = null } = params;
    const entry = { at: Date.now(), type, tool, key, run, step, params, effect };
    writeSync(file, `${JSON.stringify(entry)}\n`);
    return entry;
  }

  return {
    perform(call, key) {
      if (call.tool === 'get_value') return answerOf(write('read', call, key));
      const isKeyed = call.tool === 'keyed_write' && key !== null;
      const known = isKeyed ? answers.get(key) : undefined;
      if (known !== undefined) {
        write('repeat', call, key);
        return known;
      }
      const answer = answerOf(write('effect', call, key));
      if (isKeyed) answers.set(key, answer);
      return answer;
    },
    close: () => closeSync(file),
  };
}

/** A line that a kill cut in half was never answered; it must not swallow the next one. */
function removeCutLine(log) {
  if (!existsSync(log)) return;
  const bytes = readFileSync(log);
  truncateSync(log, bytes.lastIndexOf(10) + 1);
}

function answerOf({ effect, params }) {
  return { result: { effect, ...params }, execution_id: effect === null ? 'read' : `effect_${effect}` };
}

function catalogue() {
  const parameters = { type: 'object' };
  return toolNames.map((name) => ({ server: 'audit', name, description: `${name} of the auditor`, parameters }));
}

function parse(text) {
  try {
    const { server, tool, params = {} } = JSON.parse(text);
    const isCall = typeof server === 'string' && typeof tool === 'string' && typeof params === 'object';
    return isCall && params !== null ? { server, tool, params } : undefined;
  } catch {
    return undefined;
  }
}

function send(response, status, body) {
  if (response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

/** Numbers from 0 to 1 that are the same for the same seed. */
function generator(seed) {
  let state = seed % 2_147_483_647 || 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

function latencyFrom(text) {
  const [least = 0, most = least] = text.split('-').map(Number);
  return [least, most];
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: {
      log: { type: 'string' },
      port: { type: 'string', default: '0' },
      latency: { type: 'string', default: '0' },
      lose: { type: 'string', default: '0' },
      seed: { type: 'string', default: '1' },
    },
  });
  if (values.log === undefined) {
    console.error('Say where the effects are to be written: --log FILE');
    process.exit(2);
  }
  const server = await startEffectServer({
    log: values.log,
    port: Number(values.port),
    latencyMs: latencyFrom(values.latency),
    lose: Number(values.lose),
    seed: Number(values.seed),
  });
  console.log(server.url);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      void server.close().then(() => process.exit(0));
    });
  }
}
