import type { CacheAddress, CacheEntry, CacheHit } from '../../engine/ports.ts';
import type { Json } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';

/** What Redis holds under which key. Server, tool and version stand in the key, so that they can be found and cleared. */
export class Layout {
  readonly #prefix: string;

  /** @param namespace tells projects apart that share one Redis */
  constructor(namespace: string) {
    this.#prefix = `runner:cache:1:${encode(namespace)}:`;
  }

  entry({ server, tool, version, key }: CacheAddress): string {
    const tail = version === undefined ? '' : `@${encode(version)}`;
    return `${this.#prefix}entry:${encode(server)}/${encode(tool)}${tail}:${encode(key)}`;
  }

  /** When something was last written at a server: a read that began before does not count any more. */
  drop(server: string): string {
    return `${this.#prefix}drop:${encode(server)}`;
  }

  /** Patterns for SCAN that together find the entries of a filter. */
  patterns({ server, tool }: { readonly server?: string; readonly tool?: string }): readonly string[] {
    const start = `${this.#prefix}entry:${server === undefined ? '*' : encode(server)}/`;
    if (tool === undefined) return [`${start}*`];
    return [`${start}${encode(tool)}:*`, `${start}${encode(tool)}@*`];
  }

  serverOf(entryKey: string): string {
    const [server = ''] = entryKey.slice(`${this.#prefix}entry:`.length).split('/');
    return decode(server);
  }
}

/** A key that another program put there names a server that is none of ours. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Also `*` and the other signs that mean something in a pattern of Redis. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('*', '%2A');
}

const timeDigits = 15;

/** Bytes before the output: when the call began, and when the result expires, so that neither needs the output read. */
export const headerBytes = 2 * timeDigits;

export interface Header {
  readonly calledAt: EpochMs;
  readonly expiresAt: EpochMs;
}

export function toText({ output, calledAt, expiresAt }: CacheEntry): string {
  return time(calledAt) + time(expiresAt) + JSON.stringify(output satisfies Json);
}

export function readHeader(text: string): Header {
  return { calledAt: Number(text.slice(0, timeDigits)), expiresAt: Number(text.slice(timeDigits, headerBytes)) };
}

/** The result in an entry, unless it is too old or was overtaken by a write. */
export function hitOf(
  { text, droppedAt }: { readonly text: string | null | undefined; readonly droppedAt: string | null | undefined },
  now: EpochMs,
  staleMs: number,
): CacheHit | undefined {
  if (text === null || text === undefined) return undefined;
  const { calledAt, expiresAt } = readHeader(text);
  if (expiresAt + staleMs <= now || isOvertaken(calledAt, droppedAt)) return undefined;
  const output: Json = JSON.parse(text.slice(headerBytes));
  return { output, ageMs: now - calledAt };
}

export function isOvertaken(calledAt: EpochMs, droppedAt: string | null | undefined): boolean {
  return droppedAt !== null && droppedAt !== undefined && calledAt <= Number(droppedAt);
}

function time(at: EpochMs): string {
  return String(Math.max(0, Math.trunc(at))).padStart(timeDigits, '0');
}
