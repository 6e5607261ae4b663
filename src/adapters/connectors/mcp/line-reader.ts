const newline = 0x0a;

export interface LineReader {
  append(chunk: Buffer): void;
}

/**
 * Cuts a stream into lines. A line of more than `maxBytes` ends the reading: it is reported once, and nothing after
 * it is looked at.
 */
export function createLineReader(
  maxBytes: number,
  on: { readonly line: (line: Buffer) => void; readonly overflow: () => void },
): LineReader {
  let pieces: Buffer[] = [];
  let size = 0;
  let isOver = false;

  function keep(piece: Buffer): void {
    size += piece.length;
    if (size <= maxBytes) {
      if (piece.length > 0) pieces.push(piece);
      return;
    }
    isOver = true;
    pieces = [];
    on.overflow();
  }

  function finishLine(): void {
    const line = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
    pieces = [];
    size = 0;
    if (line.length > 0) on.line(line);
  }

  return {
    append(chunk) {
      let start = 0;
      for (let end = chunk.indexOf(newline); end >= 0 && !isOver; end = chunk.indexOf(newline, start)) {
        keep(chunk.subarray(start, end));
        if (!isOver) finishLine();
        start = end + 1;
      }
      if (!isOver) keep(chunk.subarray(start));
    },
  };
}
