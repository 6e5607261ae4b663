import { createHash } from 'node:crypto';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts';
import { trimNowAndThen } from './trim-content.ts';

/** Longer texts of resources are kept beside the journal, too. */
const longestTextBytes = 32_768;

/**
 * A content block without its bulk: an image, a sound or a resource becomes a small object with type, size and hash,
 * and its bytes a file in the project's storage folder. Other blocks stay as they are.
 */
export function referenceFor(block: Json, home: string): Json {
  if (!isJsonObject(block)) return block;
  const { type, data, mimeType = null, resource } = block;
  if ((type === 'image' || type === 'audio') && typeof data === 'string') {
    return { type, mime_type: mimeType, ...stored(Buffer.from(data, 'base64'), home) };
  }
  return type === 'resource' && isJsonObject(resource) ? resourceReference(resource, home) : block;
}

function resourceReference({ uri = null, mimeType = null, blob, text }: JsonObject, home: string): Json {
  const head = { type: 'resource', uri, mime_type: mimeType };
  if (typeof blob === 'string') return { ...head, ...stored(Buffer.from(blob, 'base64'), home) };
  const bytes = Buffer.from(typeof text === 'string' ? text : '');
  return bytes.length > longestTextBytes ? { ...head, ...stored(bytes, home) } : { ...head, text: bytes.toString() };
}

/** Named by their hash, so that the same picture is stored once and never changed. */
function stored(bytes: Buffer, home: string): JsonObject {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const folder = join(home, 'mcp', 'content');
  const file = join(folder, sha256);
  if (!isRenewed(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file, bytes, { mode: 0o600 });
    trimNowAndThen(folder, Date.now());
  }
  return { size: bytes.length, sha256, file };
}

/** Its age counts from the last call that gave it. False where there is no such file. */
function isRenewed(file: string): boolean {
  const now = new Date();
  try {
    utimesSync(file, now, now);
    return true;
  } catch {
    return false;
  }
}
