const result = (id, value) => ({ jsonrpc: '2.0', id, result: value });
const failure = (id, code, message) => ({ jsonrpc: '2.0', id, error: { code, message } });
const text = (id, words) => result(id, { content: [{ type: 'text', text: words }] });
const progress = (token, at) => ({
  jsonrpc: '2.0',
  method: 'notifications/progress',
  params: { progressToken: token, progress: at, total: 3, message: `part ${at}` },
});

const paint = '\u001b[2J\u001b]0;owned\u0007';

function nested(depth) {
  let value = [];
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

/**
 * An MCP server of the older revision, small enough to be made to misbehave in any way.
 * @param {{ mode?: string, onHanging?: (count: number) => void, raw?: (text: string) => boolean }} options
 */
export function createToy({ mode = '', onHanging = () => undefined, raw = () => true } = {}) {
  const hanging = new Set();
  const report = () => onHanging(hanging.size);

  const tools = {
    word: ({ id, params }, send) => send(text(id, params.arguments.word)),
    refuse: ({ id }, send) =>
      send(result(id, { content: [{ type: 'text', text: 'no such customer' }], isError: true })),
    hang: ({ id }) => {
      hanging.add(id);
      report();
    },
    meta: ({ id, params }, send) => send(result(id, { content: [], structuredContent: params._meta })),
    environment: ({ id }, send) => send(result(id, { content: [], structuredContent: { ...process.env } })),
    die: () => {
      process.stderr.write('out of luck\n');
      process.exit(3);
    },
    wrong_ids: ({ id }, send) => {
      for (const wrong of ['x', 999_999, null]) send(text(wrong, 'not for you'));
      send(text(id, 'mine'));
      send(text(id, 'mine again'));
    },
    noise: ({ id }, send) => {
      raw('Listening on nothing\n{"half":\n[]\n{"jsonrpc":"2.0","nonsense":true}\n\u0000\u0001\n\n');
      send(text(id, 'heard'));
    },
    flood: ({ id }, send) => {
      const line = {
        jsonrpc: '2.0',
        method: 'notifications/message',
        params: { level: 'info', data: 'x'.repeat(200) },
      };
      for (let count = 0; count < 20_000; count += 1) send(line);
      send(text(id, 'dry'));
    },
    huge: ({ id }) =>
      raw(
        `{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"${'x'.repeat(11 * 1_048_576)}"}]}}\n`,
      ),
    deep: ({ id }, send) => send(result(id, { content: [], structuredContent: { a: nested(2_000) } })),
    endless_line: () => {
      // No faster than it is read: a process that runs out of memory ends in another way.
      const more = () => (raw('x'.repeat(65_536)) ? setImmediate(more) : process.stdout.once('drain', more));
      more();
    },
    shout: ({ id }, send) => {
      for (let count = 0; count < 200; count += 1) process.stderr.write('y'.repeat(65_536));
      send(text(id, 'hoarse'));
    },
    progress_flood: ({ id, params }, send) => {
      for (let at = 0; at < 5_000; at += 1) send(progress(params._meta?.progressToken, at));
      send(text(id, 'arrived'));
    },
    painted: ({ id }, send) => send(failure(id, -32_603, `${paint}\r\nall is well`)),
    wide_enum: ({ id }, send) => send(result(id, { content: [], structuredContent: { text: 'not in it' } })),
    circular: ({ id }, send) => send(result(id, { content: [], structuredContent: { next: { next: {} } } })),
    proto: ({ id }, send) => send(result(id, { content: [], structuredContent: JSON.parse('{"__proto__":{"x":1}}') })),
    nonsense: ({ id }, send) => send(result(id, { content: 'this is no list' })),
    liar: ({ id }, send) => send(result(id, { content: [], structuredContent: { count: 'many' } })),
    hostile_schema: ({ id }, send) => send(result(id, { content: [], structuredContent: { text: 'a'.repeat(40) } })),
    internal: ({ id }, send) => send(failure(id, -32_603, 'the disk is full')),
    bad_params: ({ id }, send) => send(failure(id, -32_602, 'MCP error -32602: "amount" must be a number')),
    steps: ({ id, params }, send) => {
      for (const at of [1, 2, 3]) send(progress(params._meta?.progressToken, at));
      send(text(id, 'all parts'));
    },
    picture: ({ id }, send) => {
      const data = Buffer.alloc(300_000, 7).toString('base64');
      send(result(id, { content: [{ type: 'image', data, mimeType: 'image/png' }] }));
    },
    rename: ({ id }, send) => {
      send({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
      send(text(id, 'renamed'));
    },
  };

  const schemas = {
    wide_enum: { type: 'object', properties: { text: { enum: Array.from({ length: 50_000 }, (_, at) => `e${at}`) } } },
    circular: { type: 'object', properties: { next: { $ref: '#' } } },
    proto: JSON.parse('{"type":"object","properties":{"__proto__":{"$ref":"#/properties/__proto__"}}}'),
    liar: { type: 'object', properties: { count: { type: 'integer' } } },
    hostile_schema: { type: 'object', properties: { text: { type: 'string', pattern: '^(a+)+$' } } },
  };

  function list({ id, params }) {
    const page = Number(params?.cursor ?? 0);
    const inputSchema = { type: 'object' };
    if (mode === 'endless')
      return result(id, { tools: [{ name: `t${page}`, inputSchema }], nextCursor: String(page + 1) });
    if (mode === 'circles') return result(id, { tools: [{ name: 't', inputSchema }], nextCursor: '1' });
    if (mode === 'many') {
      return result(id, { tools: Array.from({ length: 100_000 }, (_, at) => ({ name: `t${at}`, inputSchema })) });
    }
    if (mode === 'deep-list')
      return result(id, { tools: [{ name: 't', inputSchema: { type: 'object', a: nested(2_000) } }] });
    if (mode === 'refuses-list') return failure(id, -32_603, `${paint}\r\nall is well`);
    if (mode === 'painted') {
      const description = `${paint}\u009b31m\u202egnp`;
      return result(id, { tools: ['__proto__', paint, 'plain'].map((name) => ({ name, description, inputSchema })) });
    }
    const names = Object.keys(tools);
    const size = 5;
    const named = names.slice(page * size, (page + 1) * size).map((name) => ({
      name,
      description: `does ${name}`,
      inputSchema,
      outputSchema: schemas[name],
    }));
    return result(id, { tools: named, ...((page + 1) * size < names.length ? { nextCursor: String(page + 1) } : {}) });
  }

  /** Answers one message by any number of messages. */
  function handle(message, send) {
    const { id, method, params } = message;
    if (method === 'server/discover' && mode === 'dies-when-asked') process.exit(1);
    if (mode === 'silent') return;
    if (method === 'initialize') {
      const capabilities = { tools: { listChanged: true } };
      send(result(id, { protocolVersion: '2025-11-25', capabilities, serverInfo: { name: 'toy', version: '1' } }));
    } else if (method === 'tools/list') send(list(message));
    else if (method === 'tools/call') {
      const tool = tools[params.name];
      if (tool) tool(message, send);
      else send(failure(id, -32_602, `Tool ${params.name} not found`));
    } else if (method === 'notifications/cancelled') {
      hanging.delete(params.requestId);
      report();
    } else if (id !== undefined) send(failure(id, -32_601, 'Method not found'));
  }

  /** For transports where a caller can simply go away. */
  function forget(id) {
    hanging.delete(id);
    report();
  }

  return { handle, forget };
}
