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

/** Documents are quoted in documents: a body in an error, the error in a result, the result in what is printed. */
const deepestQuote = 5;

/** As it is written, and each of that packed once more: a service may log the encoded body of a request in base64. */
function encodingsOf(text: string): readonly string[] {
  const escaped = jsonEscaped(text);
  const addresses = [...addressesOf(text), ...addressesOf(escaped)];
  const written = new Set([text, escaped, ...addresses]);
  return [
    ...quotedOf(text),
    ...[...written].flatMap((each) => [each, packed(each)].flat()),
    ...addresses.flatMap(addressesOf),
  ];
}

function quotedOf(text: string): readonly string[] {
  const quoted = [text];
  for (let depth = 0; depth < deepestQuote; depth += 1) quoted.push(jsonEscaped(quoted.at(-1) ?? ''));
  return quoted;
}

function jsonEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Percent-encoded, as strictly and as laxly as it is done, with spaces as `%20` and as `+`. */
function addressesOf(text: string): readonly string[] {
  const encoded = encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, ''));
  const strict = encoded.replace(/[!'()*~]/g, percent);
  const asForm = encoded.replace(/[!'()~]/g, percent);
  // What the parser of an address makes of it.
  const asQuery = encoded.replaceAll("'", '%27');
  return [encoded, strict, asForm, asQuery]
    .flatMap((each) => [each, each.replaceAll('%20', '+')])
    .flatMap((each) => [each, lowerEscapes(each)]);
}

function percent(found: string): string {
  return `%${hexOf(found).toUpperCase()}`;
}

function packed(text: string): readonly string[] {
  const hex = hexOf(text);
  const base64 = [0, 1, 2].flatMap((offset) => base64Core(text, offset));
  return [hex, hex.toUpperCase(), ...base64, ...base64.map(encodeURIComponent)];
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
