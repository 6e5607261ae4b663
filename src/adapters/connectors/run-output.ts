import type { Readable } from 'node:stream';

const endBytes = 524_288;

/** Text that a command writes, of which the first and the last half megabyte are kept. */
export interface Capture {
  /** The text so far, with a note in the place of what was cut. */
  text(): string;
  isCut(): boolean;
}

/** Reads a stream to its end, in bounded memory. */
export function capture(stream: Readable): Capture {
  const head: Buffer[] = [];
  let tail: Buffer[] = [];
  let headBytes = 0;
  let tailBytes = 0;
  let cutBytes = 0;

  const keepTail = (chunk: Buffer): void => {
    tail.push(chunk);
    tailBytes += chunk.length;
    // Trimmed in large strokes: each costs a copy of the tail.
    if (tailBytes <= 2 * endBytes) return;
    cutBytes += tailBytes - endBytes;
    tail = [Buffer.concat(tail).subarray(-endBytes)];
    tailBytes = endBytes;
  };

  stream.on('data', (chunk: Buffer) => {
    const taken = chunk.subarray(0, endBytes - headBytes);
    if (taken.length > 0) head.push(taken);
    headBytes += taken.length;
    if (taken.length < chunk.length) keepTail(chunk.subarray(taken.length));
  });
  // A pipe that breaks gives what was read until then.
  stream.on('error', () => undefined);

  return {
    text() {
      const rest = Buffer.concat(tail);
      const cut = cutBytes + Math.max(0, rest.length - endBytes);
      const note = cut === 0 ? '' : `\n[... ${cut} bytes cut ...]\n`;
      return `${Buffer.concat(head).toString('utf8')}${note}${rest.subarray(-endBytes).toString('utf8')}`;
    },
    isCut: () => cutBytes > 0 || tailBytes > endBytes,
  };
}
