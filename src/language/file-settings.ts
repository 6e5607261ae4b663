import { environmentsOf, mergeEnvironment, withoutEnvironments } from './environments.ts';
import { Findings } from './findings.ts';
import type { ConfigSource } from './project-config.ts';
import { readSource } from './source.ts';
import { readYaml } from './yaml/read-yaml.ts';
import type { Node } from './yaml/tree.ts';

/** A setting of `runner.yaml`, as it is written there: `${VAR}` stands for itself, and gives nothing away. */
export interface FileSetting {
  /** `cache.ttl`, `mcpServers.files.command` */
  readonly key: string;
  readonly text: string;
  readonly line: number;
  /** The environment that says so; absent where the file itself does. */
  readonly environment?: string;
}

/** All that a file without faults sets, the chosen environment merged in, in its order. */
export async function fileSettings(bytes: Uint8Array, source: ConfigSource): Promise<readonly FileSetting[]> {
  const findings = new Findings(source.file, readSource(bytes, source.file).text ?? '');
  const root = /^(?:\s|#.*)*$/.test(findings.text) ? undefined : await readYaml(findings);
  if (root?.kind !== 'map') return [];
  const chosen = environmentsOf(root).get(source.environment ?? '');
  const plain = withoutEnvironments(root);
  return leavesOf(chosen ? mergeEnvironment(plain, chosen) : plain, '').map(({ key, node, text }) => {
    const setting = { key, text, line: findings.lineOf(node.start) };
    const isOwn = chosen !== undefined && node.start >= chosen.start && node.end <= chosen.end;
    return isOwn ? Object.assign(setting, { environment: source.environment ?? '' }) : setting;
  });
}

interface Leaf {
  readonly key: string;
  readonly node: Node;
  readonly text: string;
}

/** A list of plain values is one setting; so is an empty mapping. */
function leavesOf(node: Node, key: string): readonly Leaf[] {
  if (node.kind === 'map' && node.entries.size > 0) {
    return [...node.entries].flatMap(([name, { value }]) => leavesOf(value, key === '' ? name : `${key}.${name}`));
  }
  if (node.kind === 'list' && node.items.some(({ kind }) => kind !== 'scalar')) {
    return node.items.flatMap((item, index) => leavesOf(item, `${key}[${index}]`));
  }
  return [{ key, node, text: textOf(node) }];
}

function textOf(node: Node): string {
  switch (node.kind) {
    case 'scalar':
      return String(node.value);
    case 'list':
      return `[${node.items.map(textOf).join(', ')}]`;
    case 'map':
      return '{}';
  }
}
