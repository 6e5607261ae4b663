import {
  credentialIn,
  isCredentialName,
  looksSecret,
  mayHoldCredential,
  mayNameCredential,
} from '../model/credentials.ts';
import type { Diagnostic } from '../model/diagnostics.ts';
import type { Place } from './findings.ts';
import { Findings } from './findings.ts';
import { limits } from './limits.ts';
import { readYaml } from './yaml/read-yaml.ts';
import type { Node, ScalarNode } from './yaml/tree.ts';

/** A file as it is written, before `${VAR}` is replaced, and what has been found about it already. */
export interface WrittenFile {
  /** What it is called in findings. */
  readonly file: string;
  readonly kind: 'workflow' | 'configuration';
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** A value that looks like a credential: where it stands, and why it looks so. */
interface WrittenSecret extends Place {
  readonly message: string;
  /** What may not be shown. */
  readonly masked: Place;
}

/**
 * The findings of a file with a warning for each value that looks like a credential, by place. No finding shows such
 * a value: the lines of all of them are masked.
 */
export async function withWrittenSecrets(written: WrittenFile): Promise<readonly Diagnostic[]> {
  const { file, text, diagnostics } = written;
  if (text.length > limits.fileBytes) return diagnostics;
  const shaped = shapedSecrets(text);
  const named = (await namedSecretsOf(file, text)).filter((each) => !shaped.some(overlaps(each)));
  const secrets = [...shaped, ...named];
  if (secrets.length === 0) return diagnostics;
  const findings = new Findings(file, secrets.reduce(mask, text));
  for (const secret of secrets) findings.warning('SECRET_IN_FILE', secret, secret.message, wayOut[written.kind]);
  const others = diagnostics.map((each) => withLineOf(findings, each));
  return [...others, ...findings.sorted()].toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function withLineOf(findings: Findings, diagnostic: Diagnostic): Diagnostic {
  return diagnostic.line === 0 ? diagnostic : { ...diagnostic, lineText: findings.lineText(diagnostic.line) };
}

const wayOut = {
  workflow: 'Define it under `secrets:` of runner.yaml, list it under `secrets:` here, and write `$secrets.NAME`.',
  configuration:
    'Put it into an environment variable and write `${NAME}`, or let workflows have it through `secrets:`.',
} as const;

/** Longer lines are searched this far: the shapes take time that grows with the square of the length. */
const longestLine = 20_000;

/** Values of well-known shapes, wherever they stand in the text, comments included. */
function shapedSecrets(text: string): readonly WrittenSecret[] {
  if (!mayHoldCredential(text)) return [];
  const secrets: WrittenSecret[] = [];
  let lineStart = 0;
  for (const line of text.split('\n')) {
    let rest = line.slice(0, longestLine);
    for (let found = credentialIn(rest); found !== undefined; found = credentialIn(rest)) {
      const place = { start: lineStart + found.start, end: lineStart + found.end };
      secrets.push({ ...place, masked: place, message: `This looks like ${found.what}${inTheClear}` });
      rest = mask(rest, { masked: found });
    }
    lineStart += line.length + 1;
  }
  return secrets;
}

/** Most files name no credential, and need not be read as YAML for it. In quotes, a key may be written with escapes. */
async function namedSecretsOf(file: string, text: string): Promise<readonly WrittenSecret[]> {
  if (!mayNameCredential(text) && !text.includes('\\')) return [];
  const root = await readYaml(new Findings(file, text));
  return root === undefined ? [] : namedSecrets(root, text);
}

/** Values under keys such as `password`; a `default` belongs to the key above it. */
function namedSecrets(node: Node, text: string, name = ''): readonly WrittenSecret[] {
  if (node.kind === 'scalar') return isNamedSecret(node, name) ? [namedSecret(node, text, name)] : [];
  if (node.kind === 'list') return node.items.flatMap((item) => namedSecrets(item, text, name));
  return [...node.entries].flatMap(([key, { value }]) => namedSecrets(value, text, key === 'default' ? name : key));
}

function isNamedSecret({ value }: ScalarNode, name: string): boolean {
  const isWritten = typeof value === 'string' || typeof value === 'number';
  return isWritten && isCredentialName(name) && looksSecret(String(value));
}

function namedSecret(node: ScalarNode, text: string, name: string): WrittenSecret {
  const { start, end, style } = node;
  const message = `The value of \`${name}\` looks like a credential${inTheClear}`;
  const first = style === 'block' ? Math.max(start, text.indexOf('\n', start)) : start;
  const quote = style === 'single' || style === 'double' ? 1 : 0;
  return { start, end, message, masked: { start: first + quote, end: end - quote } };
}

const inTheClear = ', and everybody who has the file can read it.';

function mask(text: string, { masked: { start, end } }: { readonly masked: Place }): string {
  return text.slice(0, start) + text.slice(start, end).replaceAll(/\S/g, '*') + text.slice(end);
}

function overlaps(a: Place): (b: Place) => boolean {
  return (b) => a.start < b.end && b.start < a.end;
}
