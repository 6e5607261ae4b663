import { ReplyError, readHead, type ReplyHead } from './reply-head.ts';

/** Told of a reply as it comes. */
export interface ReplyListener {
  head(head: ReplyHead): void;
  data(chunk: Buffer): void;
}

const longestHead = 16_384;
const nothing: Buffer = Buffer.alloc(0);

/**
 * Reads one reply of HTTP/1.1, strictly: what leaves a doubt about its end is refused. Interim replies (1xx) are
 * passed over.
 */
export class ReplyParser {
  readonly #to: ReplyListener;
  /** What came of a head, or of a line within the body, that is not complete. */
  #rest: Buffer = nothing;
  #head: ReplyHead | undefined;
  /** Of the body, or of the chunk. */
  #bytesLeft = 0;
  #line: 'size' | 'after-chunk' | 'trailer' = 'size';
  #isComplete = false;
  #hasSurplus = false;

  constructor(to: ReplyListener) {
    this.#to = to;
  }

  get head(): ReplyHead | undefined {
    return this.#head;
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Whether the connection may carry another call, once the reply is complete. */
  get isKept(): boolean {
    return this.#head?.isKept === true && !this.#hasSurplus;
  }

  /**
   * Takes what came.
   * @throws ReplyError
   */
  feed(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = nothing;
    if (this.#head === undefined) this.#readHead(bytes);
    else this.#readBody(this.#head, bytes);
  }

  /** The far side has closed the connection: some replies end with that. */
  end(): void {
    if (this.#head?.body === 'until-close') this.#isComplete = true;
  }

  #readHead(bytes: Buffer): void {
    const end = bytes.indexOf('\r\n\r\n');
    if ((end === -1 ? bytes.length : end) > longestHead)
      throw new ReplyError('too_long', 'the headers of the reply are larger than 16 KB');
    if (!startsAsHttp(bytes)) throw new ReplyError('malformed', 'it does not begin with HTTP/1');
    if (end === -1) {
      this.#rest = bytes;
      return;
    }
    const head = readHead(bytes.toString('latin1', 0, end));
    const following = bytes.subarray(end + 4);
    if (head.status === 101) throw new ReplyError('upgrade', 'the far side changed the protocol');
    if (head.status < 200) this.#readHead(following);
    else this.#begin(head, following);
  }

  #begin(head: ReplyHead, following: Buffer): void {
    this.#head = head;
    this.#bytesLeft = typeof head.body === 'number' ? head.body : 0;
    this.#to.head(head);
    this.#readBody(head, following);
  }

  #readBody({ body }: ReplyHead, bytes: Buffer): void {
    if (body === 'chunked') return this.#readChunks(bytes);
    if (body === 'until-close') return this.#to.data(bytes);
    const following = this.#take(bytes);
    if (this.#bytesLeft === 0) this.#complete(following);
  }

  #readChunks(bytes: Buffer): void {
    let following = this.#take(bytes);
    while (this.#bytesLeft === 0 && !this.#isComplete) {
      const end = following.indexOf('\r\n');
      if (end === -1) return this.#keep(following);
      this.#readLine(following.toString('latin1', 0, end));
      following = this.#take(following.subarray(end + 2));
    }
    if (this.#isComplete) this.#complete(following);
  }

  #readLine(line: string): void {
    switch (this.#line) {
      case 'size':
        this.#bytesLeft = readSize(line);
        this.#line = this.#bytesLeft === 0 ? 'trailer' : 'after-chunk';
        return;
      case 'after-chunk':
        if (line !== '') throw new ReplyError('malformed', 'a chunk is longer than it says');
        this.#line = 'size';
        return;
      case 'trailer':
        this.#isComplete = line === '';
    }
  }

  /** Hands on what belongs to the body or the chunk; gives what follows it. */
  #take(bytes: Buffer): Buffer {
    const part = bytes.subarray(0, this.#bytesLeft);
    this.#bytesLeft -= part.length;
    if (part.length > 0) this.#to.data(part);
    return bytes.subarray(part.length);
  }

  #keep(bytes: Buffer): void {
    if (bytes.length > longestHead) throw new ReplyError('malformed', 'a line between chunks does not end');
    this.#rest = bytes;
  }

  #complete(following: Buffer): void {
    this.#isComplete = true;
    this.#hasSurplus = following.length > 0;
  }
}

function startsAsHttp(bytes: Buffer): boolean {
  return 'HTTP/1.'.startsWith(bytes.toString('latin1', 0, 7));
}

function readSize(line: string): number {
  const size = /^([\da-f]{1,8})(?:[\t ]*;.*)?$/i.exec(line)?.[1];
  if (size === undefined) throw new ReplyError('malformed', 'the size of a chunk is no number');
  return Number.parseInt(size, 16);
}
