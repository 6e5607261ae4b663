import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { SecretSource } from '../../model/secrets.ts';
import { runHelper } from './run-helper.ts';

export interface SecretPlace {
  /** Paths and helpers start from here: the project's root. */
  readonly root: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** `reason` and `remedy` are clauses for people, and never hold a value. */
export type SecretReading =
  | { readonly ok: true; readonly value: string; readonly warning?: string }
  | { readonly ok: false; readonly reason: string; readonly remedy: string };

const maxBytes = 65_536;

/** The value of a secret, read anew from its source. */
export async function readSecret(source: SecretSource, place: SecretPlace): Promise<SecretReading> {
  switch (source.kind) {
    case 'env':
      return readVariable(source.variable, place);
    case 'file':
      return readSecretFile(source.path, place);
    case 'exec':
      return readHelper(source.command, place);
  }
}

function readVariable(variable: string, { variables }: SecretPlace): SecretReading {
  const value = variables[variable];
  if (value !== undefined && value !== '') return { ok: true, value };
  const reason = `the environment variable ${variable} is ${value === undefined ? 'not set' : 'empty'}`;
  return { ok: false, reason, remedy: `Set ${variable}` };
}

async function readSecretFile(path: string, { root }: SecretPlace): Promise<SecretReading> {
  const file = resolve(root, path);
  try {
    const { mode, size } = await requireFile(file);
    if (size > maxBytes) return unusable(path, 'is larger than 64 KB');
    const value = withoutLastBreak(new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file)));
    if (value === '') return unusable(path, 'is empty');
    if ((mode & 0o004) === 0) return { ok: true, value };
    return { ok: true, value, warning: `Everybody on this machine can read ${path}. Run: chmod 600 ${path}` };
  } catch (error) {
    return unusable(path, whyUnreadable(error));
  }
}

async function requireFile(file: string): Promise<{ readonly mode: number; readonly size: number }> {
  const found = await stat(file);
  // A pipe would be waited for without end.
  if (!found.isFile()) throw new TypeError('is not a file');
  return found;
}

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EACCES') return 'may not be read by this user';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'is not UTF-8 text';
  return error instanceof TypeError ? error.message : `cannot be read (${code})`;
}

function unusable(path: string, what: string): SecretReading {
  return { ok: false, reason: `the file ${path} ${what}`, remedy: `Put the value into ${path}` };
}

async function readHelper(command: readonly [string, ...string[]], place: SecretPlace): Promise<SecretReading> {
  const remedy = `Try the command by hand: ${command.join(' ')}`;
  const ended = await runHelper(command, place);
  if (!ended.ok) return { ok: false, reason: `the command ${command[0]} ${ended.reason}`, remedy };
  const value = withoutLastBreak(ended.stdout);
  if (value !== '') return { ok: true, value };
  return { ok: false, reason: `the command ${command[0]} wrote nothing to stdout`, remedy };
}

function withoutLastBreak(text: string): string {
  return text.replace(/\r?\n$/, '');
}
