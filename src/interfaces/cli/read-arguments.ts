import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { InputArgument } from '../../app/inputs.ts';
import { RunnerError } from '../../model/errors.ts';
import { deepestValue, isDeeperThan, isJsonObject } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { CliContext } from './context.ts';

const maxBytes = 5 * 1_048_576;

/**
 * The arguments of a run: those of `--inputs`, then each `--input`, of which the later wins.
 * @throws RunnerError USAGE
 */
export async function readInputArguments(
  context: CliContext,
  pairs: readonly string[],
  source: string | undefined,
): Promise<readonly InputArgument[]> {
  const given = source === undefined ? {} : parseObject(await readSource(context, source), sourceName(source));
  const first = Object.entries(given).map(([name, value]) => ({ name, value }));
  const later = await Promise.all(pairs.map((pair) => readPair(context, pair)));
  return [...first, ...later];
}

/**
 * `name=text`, `name:=json` or `name=@file`.
 * @throws RunnerError USAGE
 */
export async function readPair(context: CliContext, pair: string): Promise<InputArgument> {
  const match = /^([^=:]+)(:?=)([\s\S]*)$/.exec(pair);
  const [, name = '', sign, text = ''] = match ?? [];
  if (name === '') {
    throw new RunnerError('USAGE', `"${pair}" is not of the form name=value.`, {
      hint: 'Write name=text, name:=json or name=@file.',
    });
  }
  if (sign === ':=') return { name, value: parseJson(text, `The value of ${name}`) };
  if (text.startsWith('@')) return { name, text: await readText(context, text.slice(1)) };
  return { name, text };
}

/** @throws RunnerError USAGE when the text is not JSON; `what` begins the sentence */
export function parseJson(text: string, what: string): Json {
  try {
    const value = JSON.parse(text) as Json;
    if (!isDeeperThan(deepestValue, value)) return value;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RunnerError('USAGE', `${what} is not JSON: ${reason}.`, {
      hint: 'Put texts in double quotes, and the whole in single quotes for the shell.',
      cause,
    });
  }
  throw new RunnerError('USAGE', `${what} is nested more than ${deepestValue} levels deep.`);
}

/** @throws RunnerError USAGE when the text is not a JSON object */
export function parseObject(text: string, what: string): JsonObject {
  const value = parseJson(text, what);
  if (isJsonObject(value)) return value;
  throw new RunnerError('USAGE', `${what} must be a JSON object, such as {"name": "value"}.`);
}

/** The text of a file, or of stdin for `-`. */
export function readSource(context: CliContext, source: string): Promise<string> {
  return source === '-' ? readStdin() : readText(context, source);
}

function sourceName(source: string): string {
  return source === '-' ? 'What stdin gives' : source;
}

async function readText({ cwd }: CliContext, file: string): Promise<string> {
  try {
    return await readAll(createReadStream(resolve(cwd, file)), file);
  } catch (cause) {
    if (cause instanceof RunnerError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new RunnerError('USAGE', `${file} cannot be read (${code}).`, { hint: 'Check the path.', cause });
  }
}

function readStdin(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('Reading JSON from the terminal; end it with Ctrl-D.\n');
  return readAll(process.stdin, 'stdin');
}

/** Given up as soon as it is too much: a device, or a pipe, may never end. */
async function readAll(stream: Readable, name: string): Promise<string> {
  let text = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream as AsyncIterable<string>) {
    text += chunk;
    if (text.length > maxBytes) throw new RunnerError('USAGE', `${name} gives more than 5 MB.`);
  }
  return text;
}
