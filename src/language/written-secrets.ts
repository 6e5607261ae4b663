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
import { saysSensitive } from './compile/sensitive.ts';
import type { Node, ScalarNode } from './yaml/tree.ts';
import { child } from './yaml/tree.ts';

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
  readonly code: 'SECRET_IN_FILE' | 'SENSITIVE_DEFAULT';
  readonly message: string;
  /** What may not be shown. */
  readonly masked: Place;
}

/**
 * The findings of a file with a warning for each value that looks like a credential or is said to be sensitive, by place. No finding shows such
 * a value: the lines of all of them are masked.
 */
export async function withWrittenSecrets(written: WrittenFile): Promise<readonly Diagnostic[]> {
  const { file, text, diagnostics } = written;
  if (text.length > limits.fileBytes) return diagnostics;
  const [shaped, { defaults, named }] = [shapedSecrets(text), await secretsOfTree(written)];
  const secrets = [...defaults, ...shaped, ...named].filter(
    (each, index, all) => !all.slice(0, index).some(overlaps(each)),
  );
  if (secrets.length === 0) return diagnostics;
  const findings = new Findings(file, [...secrets, ...shaped].reduce(mask, text));
  for (const secret of secrets) {
    const remedy = secret.code === 'SENSITIVE_DEFAULT' ? withoutDefault : wayOut[written.kind];
    findings.warning(secret.code, secret, secret.message, remedy);
  }
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

const withoutDefault =
  'Delete it and give the value to each run, or have the step use `$secrets.NAME` of runner.yaml instead of the input.';

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
      secrets.push({
        ...place,
        code: 'SECRET_IN_FILE',
        masked: place,
        message: `This looks like ${found.what}${inTheClear}`,
      });
      rest = mask(rest, { masked: found });
    }
    lineStart += line.length + 1;
  }
  return secrets;
}

/** Most files name no credential, and need not be read as YAML for it. In quotes, a key may be written with escapes. */
async function secretsOfTree({ file, text, kind }: WrittenFile) {
  const isWorthIt = mayNameCredential(text) || text.includes('\\') || text.includes('sensitive');
  const root = isWorthIt ? await readYaml(new Findings(file, text)) : undefined;
  if (root === undefined) return { defaults: [], named: [] };
  return { defaults: kind === 'workflow' ? sensitiveDefaults(root, text) : [], named: namedSecrets(root, text) };
}

/** What the file gives to inputs that it calls sensitive: the stored definition of each run holds it in the clear. */
function sensitiveDefaults(root: Node, text: string): readonly WrittenSecret[] {
  const inputs = child(root, 'inputs');
  if (inputs?.kind !== 'map') return [];
  return [...inputs.entries].flatMap(([name, { value }]) => {
    const preset = saysSensitive(value) ? child(value, 'default') : undefined;
    if (preset === undefined || (preset.kind === 'scalar' && (preset.value ?? '') === '')) return [];
    const message = `The input \`${name}\` is sensitive, but its default stands in the file, and in the clear with each run.`;
    return [
      { start: preset.start, end: preset.end, code: 'SENSITIVE_DEFAULT', message, masked: maskedOf(preset, text) },
    ];
  });
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
  const { start, end } = node;
  const message = `The value of \`${name}\` looks like a credential${inTheClear}`;
  return { start, end, code: 'SECRET_IN_FILE', message, masked: maskedOf(node, text) };
}

/** All but the quotes, or the head of a block. */
function maskedOf(node: Node, text: string): Place {
  const { start, end } = node;
  if (node.kind !== 'scalar' || node.style === 'plain') return { start, end };
  if (node.style === 'block') return { start: Math.max(start, text.indexOf('\n', start)), end };
  return { start: start + 1, end: end - 1 };
}

const inTheClear = ', and everybody who has the file can read it.';

function mask(text: string, { masked: { start, end } }: { readonly masked: Place }): string {
  return text.slice(0, start) + text.slice(start, end).replaceAll(/\S/g, '*') + text.slice(end);
}

function overlaps(a: Place): (b: Place) => boolean {
  return (b) => a.start < b.end && b.start < a.end;
}
