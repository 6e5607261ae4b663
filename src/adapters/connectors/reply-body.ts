import { isUtf8 } from 'node:buffer';
import { deepestValue, isDeeperThan } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';

export type Decoded =
  | { readonly ok: true; readonly body: Buffer }
  | { readonly ok: false; readonly reason: 'too_large' | 'unknown_encoding' | 'corrupt' };

/** Undoes a `Content-Encoding`; at most `maxBytes` are ever produced, whatever the compressed text unfolds to. */
export async function decode(raw: Buffer, encoding: string, maxBytes: number): Promise<Decoded> {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity' || raw.length === 0) return { ok: true, body: raw };
  const decompress = await decompressorFor(name);
  if (decompress === undefined) return { ok: false, reason: 'unknown_encoding' };
  return new Promise((resolve) => {
    decompress(raw, { maxOutputLength: maxBytes }, (error, body) => {
      if (error === null) resolve({ ok: true, body });
      else resolve({ ok: false, reason: error.code === 'ERR_BUFFER_TOO_LARGE' ? 'too_large' : 'corrupt' });
    });
  });
}

type Decompress = (
  raw: Buffer,
  options: { readonly maxOutputLength: number },
  done: (error: NodeJS.ErrnoException | null, body: Buffer) => void,
) => void;

async function decompressorFor(name: string): Promise<Decompress | undefined> {
  const { gunzip, inflate, brotliDecompress } = await import('node:zlib');
  switch (name) {
    case 'gzip':
    case 'x-gzip':
      return gunzip;
    case 'deflate':
      return inflate;
    case 'br':
      return brotliDecompress;
    default:
      return undefined;
  }
}

export type Parsed = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly reason: string };

/** Reads JSON in UTF-8 and nothing else: no byte order mark, no trailing text, no bottomless nesting. */
export function parseJson(body: Buffer): Parsed {
  if (body.length === 0) return { ok: false, reason: 'the body is empty, not JSON' };
  if (!isUtf8(body)) return { ok: false, reason: 'the body is not JSON: it is not UTF-8' };
  return parseJsonText(body.toString('utf8'));
}

/** As {@link parseJson}, for text that is decoded already. */
export function parseJsonText(text: string): Parsed {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return { ok: false, reason: 'the body is not JSON' };
  }
  // A level takes two characters at least, so that small bodies need no walk.
  if (text.length > 2 * deepestValue && isDeeperThan(deepestValue, value)) {
    return { ok: false, reason: `the JSON is nested more than ${deepestValue} levels deep` };
  }
  return { ok: true, value };
}
