import { canonicalJson, isJsonObject } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import { contractOf } from '../../model/tool-contract.ts';
import type { ToolContract, ToolLock } from '../../model/tool-contract.ts';
import { sha256 } from '../sha256.ts';

const head = `# Written by \`runner lock\`: the tools that the workflows use, as they are called.
# Review changes here like changes of code; \`runner lock --check\` tells them in words.
version: 1
`;

/** The text of \`runner.lock.yaml\`: block style, one fact a line, in an order that depends on nothing else. */
export function writeLock(lock: ToolLock): string {
  const names = Object.keys(lock).toSorted();
  if (names.length === 0) return `${head}tools: {}\n`;
  const tools = names.map((name) => {
    const { effect, hash, ...contract } = lock[name] ?? { effect: 'write', hash: '', description: '' };
    const { description, annotations, parameters, output } = contract;
    const facts: readonly (readonly [string, Json | undefined])[] = [
      ['effect', effect],
      ['hash', hash],
      ['description', description],
      ['annotations', annotations && { ...annotations }],
      ['parameters', parameters],
      ['output', output],
    ];
    const lines = facts.flatMap(([key, value]) => (value === undefined ? [] : memberLines(key, value, '    ')));
    return `  ${keyText(name)}:\n${lines.join('\n')}\n`;
  });
  return `${head}tools:\n${tools.join('\n')}`;
}

/** The hash that the lock keeps: equal for equal contracts, whatever the order of their keys. */
export function contractHash(contract: ToolContract): Promise<string> {
  const { annotations, ...rest } = contractOf(contract);
  return sha256(canonicalJson({ ...rest, ...(annotations && { annotations: { ...annotations } }) }));
}

function memberLines(key: string, value: Json, indent: string): readonly string[] {
  const start = `${indent}${keyText(key)}:`;
  return isEmpty(value) ? [`${start} ${JSON.stringify(value)}`] : [start, ...valueLines(value, `${indent}  `)];
}

function valueLines(value: Json, indent: string): readonly string[] {
  if (isJsonObject(value)) {
    const keys = Object.keys(value).toSorted();
    return keys.flatMap((key) => memberLines(key, value[key] ?? null, indent));
  }
  const items = value as readonly Json[];
  return items.flatMap((item) => itemLines(item, indent));
}

function itemLines(item: Json, indent: string): readonly string[] {
  return isEmpty(item) ? [`${indent}- ${JSON.stringify(item)}`] : [`${indent}-`, ...valueLines(item, `${indent}  `)];
}

/** True for what stands on one line: scalars, and collections of nothing. Quoted JSON text is YAML, too. */
function isEmpty(value: Json): boolean {
  return value === null || typeof value !== 'object' || Object.keys(value).length === 0;
}

function keyText(key: string): string {
  const isPlain = /^[A-Za-z_$][\w$./-]*$/.test(key) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(key);
  return isPlain ? key : JSON.stringify(key);
}
