/** Every text by which a secret could be recognised, without those that are too short to mean anything. */
export function formsOf(secret: string): readonly string[] {
  return [...new Set(partsOf(secret).flatMap(encodingsOf))];
}

const shortestLine = 12;
const shortestPart = 8;

/** The secret, and what of it may appear alone: lines of a key, the password of an address. */
function partsOf(secret: string): readonly string[] {
  const lines = /[\r\n]/.test(secret) ? secret.split(/[\r\n]+/).map((line) => line.trim()) : [];
  const trimmed = secret.trim() === secret ? [] : [secret.trim()];
  return [secret, ...trimmed, ...lines.filter(({ length }) => length >= shortestLine), ...partsOfAddress(secret)];
}

/** Path and query too: the address of a webhook is often its only credential. */
function partsOfAddress(secret: string): readonly string[] {
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(secret) || !URL.canParse(secret)) return [];
  const { password, pathname, search } = new URL(secret);
  const parts = [password, decoded(password), pathname.slice(1), search.slice(1)];
  return parts.filter(({ length }) => length >= shortestPart);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function encodingsOf(text: string): readonly string[] {
  const escaped = JSON.stringify(text).slice(1, -1);
  const encoded = encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, ''));
  const strict = encoded.replace(/[!'()*~]/g, (found) => `%${hexOf(found).toUpperCase()}`);
  const addresses = [encoded, strict].flatMap((each) => [each, each.replaceAll('%20', '+'), lowerEscapes(each)]);
  const hex = hexOf(text);
  const base64 = [0, 1, 2].flatMap((offset) => base64Core(text, offset));
  return [text, escaped, ...addresses, hex, hex.toUpperCase(), ...base64];
}

function lowerEscapes(text: string): string {
  return text.replace(/%[\dA-F]{2}/g, (found) => found.toLowerCase());
}

function hexOf(text: string): string {
  return [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The characters of the base64 text that `text` alone decides, when `offset` bytes stand before it. */
function base64Core(text: string, offset: number): readonly string[] {
  const bytes = new TextEncoder().encode(text);
  const whole = btoa('\0'.repeat(offset) + String.fromCharCode(...bytes)).replaceAll('=', '');
  const first = Math.ceil((offset * 8) / 6);
  const end = Math.floor(((offset + bytes.length) * 8) / 6);
  const core = whole.slice(first, end);
  return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
}
