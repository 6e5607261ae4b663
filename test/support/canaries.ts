import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A secret of this run alone, which shows wherever it gets out. */
export interface Canary {
  readonly name: string;
  readonly value: string;
}

/** Something that somebody may read. */
export interface Evidence {
  readonly place: string;
  readonly bytes: Buffer;
}

/** What may stand in a header or an address; every encoding changes some of it. */
export const plainSigns = "!'()*~+/=%?&";
/** What JSON and shells must escape, too. */
export const hardSigns = `${plainSigns}"\\ é$\``;

/** `canary`, two random halves, and between them signs that encodings change. */
export function canary(name: string, signs: string): Canary {
  return { name, value: `canary${half()}${signs}${half()}` };
}

function half(): string {
  return randomBytes(12)
    .toString('hex')
    .replaceAll(/\d\d/g, (digits) => String.fromCharCode(65 + (Number(digits) % 26)));
}

/** Where a canary was found, and as what; empty where it is kept. */
export function sightingsOf(value: string, evidence: readonly Evidence[]): readonly string[] {
  const traces = tracesOf(value);
  return evidence.flatMap(({ place, bytes }) => {
    const text = bytes.toString('latin1');
    return traces.flatMap(({ form, trace }) => {
      const at = text.indexOf(trace);
      return at === -1 ? [] : `${place}: ${form} in ${JSON.stringify(text.slice(Math.max(0, at - 60), at + 60))}`;
    });
  });
}

/** Parts are looked for, so that half a secret is a find as well. They hold letters and digits alone. */
function tracesOf(value: string): readonly { readonly form: string; readonly trace: string }[] {
  const parts = (value.match(/[A-Za-z\d]{8,}/g) ?? []).map((part) => part.replace(/^canary/, ''));
  const pieces = parts.flatMap((part) => [part.slice(0, 8), part.slice(-8)]);
  return [...new Set(pieces)].flatMap((piece) =>
    Object.entries(encodingsOf(piece)).map(([form, trace]) => ({ form, trace })),
  );
}

function encodingsOf(piece: string): Readonly<Record<string, string>> {
  const bytes = Buffer.from(piece);
  const hex = bytes.toString('hex');
  const each = (change: (byte: string) => string): string => hex.replaceAll(/../g, change);
  return {
    plain: piece,
    hex,
    'upper hex': hex.toUpperCase(),
    percent: each((byte) => `%${byte}`),
    'json escapes': each((byte) => `\\u00${byte}`),
    'utf-16': piece.split('').join('\0'),
    ...Object.fromEntries([0, 1, 2].map((offset) => [`base64 at ${offset}`, base64Of(bytes, offset)])),
  };
}

/** The characters that these bytes alone decide. Letters and digits give neither `+` nor `/`, so it is base64url too. */
function base64Of(bytes: Buffer, offset: number): string {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  return whole.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
}

/** All files below a folder, but for those that hold secrets by purpose. */
export function filesBelow(root: string, except: readonly string[] = []): readonly Evidence[] {
  return readdirSync(root, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    const place = path.slice(root.length + 1);
    return entry.isFile() && !except.includes(place) ? [{ place, bytes: readFileSync(path) }] : [];
  });
}
