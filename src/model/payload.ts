import { RunnerError } from './errors.ts';
import type { Json } from './json.ts';

/** Bytes that one value of an event or of `state` may have as JSON. */
const maxPayloadBytes = 262_144;

/** What a sealed value may have: sealing makes it longer by a third. */
export const maxStoredBytes = 400_000;

/**
 * The value as JSON.
 * @param what names the value in the message, such as `The event "deployed"`
 * @throws RunnerError PAYLOAD_TOO_LARGE
 */
export function payloadText(what: string, value: Json, maxBytes = maxPayloadBytes): string {
  const text = JSON.stringify(value);
  // A character has at most three bytes in UTF-8 for each of its units.
  if (text.length * 3 > maxBytes && new TextEncoder().encode(text).length > maxBytes) throw tooLarge(what, maxBytes);
  return text;
}

function tooLarge(what: string, maxBytes: number): RunnerError {
  return new RunnerError('PAYLOAD_TOO_LARGE', `${what} is larger than ${Math.round(maxBytes / 1024)} KB.`, {
    hint: 'Keep it in a file or a store of its own, and send where it is.',
  });
}
