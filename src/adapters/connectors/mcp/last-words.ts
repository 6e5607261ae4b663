import type { Readable } from 'node:stream';

const longest = 4_000;
const quotedLines = 5;

/** Reads a stream to its end and remembers the last lines of it. */
export function listenTo(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text = (text + chunk).slice(-longest);
  });
  stream.on('error', () => undefined);
  return () => text.trim().split('\n').slice(-quotedLines).join('\n');
}
