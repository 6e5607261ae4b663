import { isJsonObject } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { annotationsOf, contractOf } from '../../model/tool-contract.ts';
import type { LockedTool, ToolLock } from '../../model/tool-contract.ts';
import { contractHash } from './write-lock.ts';

/** A project uses hundreds of tools at most, and a schema of 100 KB is a monster. */
const longestText = 16 * 1_048_576;

export type LockReading =
  | { readonly ok: true; readonly lock: ToolLock }
  /** One sentence: what is wrong, and where. */
  | { readonly ok: false; readonly reason: string };

/** Reads \`runner.lock.yaml\`. Never throws for what is in it: half a lock would protect nobody. */
export async function readLock(text: string): Promise<LockReading> {
  if (text.length > longestText) return refused(`It has more than ${longestText / 1_048_576} MB.`);
  const parsed = await parse(text);
  if (!parsed.ok) return parsed;
  const { value } = parsed;
  if (!isJsonObject(value) || !isJsonObject(value['tools'])) return refused('It holds no `tools`.');
  if (value['version'] !== 1) return refused('Its `version` is not 1: a newer runner wrote it, or nobody.');
  const tools: [string, LockedTool][] = [];
  for (const [name, entry] of Object.entries(value['tools'])) {
    const tool = lockedTool(entry);
    if (tool === undefined) return refused(`The entry of "${name}" is incomplete.`);
    if ((await contractHash(tool)) !== tool.hash)
      return refused(`The hash of "${name}" does not fit what stands there.`);
    tools.push([name, tool]);
  }
  return { ok: true, lock: Object.fromEntries(tools) };
}

async function parse(text: string): Promise<{ readonly ok: true; readonly value: Json } | Refusal> {
  const yaml = await import('yaml');
  try {
    return { ok: true, value: yaml.parse(text, { maxAliasCount: 0, logLevel: 'error' }) as Json };
  } catch (error) {
    const [first = 'no reason given'] = error instanceof Error ? error.message.split('\n') : [];
    return refused(`It is no YAML: ${first.replace(/:$/, '')}.`);
  }
}

function lockedTool(entry: Json): LockedTool | undefined {
  if (!isJsonObject(entry)) return undefined;
  const { effect, hash, description, parameters, output } = entry;
  if (effect !== 'read' && effect !== 'idempotent' && effect !== 'write') return undefined;
  if (typeof hash !== 'string' || typeof description !== 'string') return undefined;
  const annotations = annotationsOf(entry['annotations']);
  const contract = { description, ...(annotations && { annotations }), ...schemasOf({ parameters, output }) };
  return { ...contractOf(contract), effect, hash };
}

function schemasOf({ parameters, output }: Readonly<Record<'parameters' | 'output', Json | undefined>>): JsonObject {
  return { ...(parameters !== undefined && { parameters }), ...(output !== undefined && { output }) };
}

type Refusal = Extract<LockReading, { ok: false }>;

function refused(reason: string): Refusal {
  return { ok: false, reason };
}
