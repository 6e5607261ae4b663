/**
 * Everything back, plain and in the encodings that services use; the padded texts put each cut of a long message
 * somewhere into what was said.
 */
export function parrotOf(known) {
  const texts = [...new Set(textsIn(known))];
  const inAll = (change) => texts.map((text) => change(Buffer.from(text), text));
  return {
    known,
    json: JSON.stringify(known),
    base64: [0, 1, 2].flatMap((offset) =>
      inAll((bytes) => Buffer.concat([Buffer.alloc(offset, 'a'), bytes]).toString('base64')),
    ),
    base64url: inAll((bytes) => bytes.toString('base64url')),
    hex: inAll((bytes) => bytes.toString('hex')),
    url: inAll((_, text) => encodeURIComponent(text)),
    strict: inAll((_, text) =>
      encodeURIComponent(text).replace(/[!'()*~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
    ),
    keys: Object.fromEntries(texts.map((text) => [`of ${text}`, true])),
  };
}

/** A complaint that repeats one of the texts, behind so much that a message of 200 characters is cut within it. */
export function complaintOf(known, wanted) {
  const text = textsIn(known).findLast((each) => each.includes(wanted)) ?? '';
  return `refused: ${'.'.repeat(172)}${text.slice(text.indexOf(wanted))}`;
}

function textsIn(value) {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** The answer of an MCP server whose tools repeat what they were given, and what the server knows itself. */
export function answerOf({ id, method, params }, own) {
  if (id === undefined) return undefined;
  const result = resultOf(method, params, own);
  const error = { code: -32_601, message: 'Method not found' };
  return { jsonrpc: '2.0', id, ...(result === undefined ? { error } : { result }) };
}

function resultOf(method, params, own) {
  if (method === 'initialize') {
    const serverInfo = { name: 'parrot', version: '1.0.0' };
    return { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo };
  }
  if (method === 'tools/list') {
    return {
      tools: ['echo', 'refuse'].map((name) => ({
        name,
        description: JSON.stringify(own),
        inputSchema: { type: 'object' },
      })),
    };
  }
  if (method !== 'tools/call') return undefined;
  const known = { params: params.arguments, own };
  if (params.name === 'refuse')
    return { isError: true, content: [{ type: 'text', text: complaintOf(known, 'canary') }] };
  return { content: [{ type: 'text', text: JSON.stringify(parrotOf(known)) }] };
}
