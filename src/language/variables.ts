import type { Findings } from './findings.ts';
import type { Entry, Node, ScalarNode } from './yaml/tree.ts';
import { sourceOffset } from './yaml/tree.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** Replaces `${VAR}` and `${VAR:-default}` in all texts of a tree. A variable that is not set is an error. */
export function expandVariables(
  root: Node,
  variables: Variables,
  findings: Findings,
): { readonly node: Node; readonly secrets: readonly string[] } {
  const secrets = new Set<string>();
  const expand = (node: Node): Node => {
    switch (node.kind) {
      case 'scalar':
        return expandScalar(node, { variables, findings, secrets });
      case 'list':
        return { ...node, items: node.items.map(expand) };
      case 'map':
        return {
          ...node,
          entries: new Map([...node.entries].map(([name, entry]) => [name, expandEntry(entry, expand)])),
        };
    }
  };
  return { node: expand(root), secrets: [...secrets] };
}

function expandEntry(entry: Entry, expand: (node: Node) => Node): Entry {
  return { ...entry, value: expand(entry.value) };
}

interface Expansion {
  readonly variables: Variables;
  readonly findings: Findings;
  readonly secrets: Set<string>;
}

function expandScalar(node: ScalarNode, expansion: Expansion): ScalarNode {
  if (typeof node.value !== 'string' || !node.value.includes('${')) return node;
  const written = node.value;
  const value = written.replace(
    /\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g,
    (found, name: string, fallback, offset: number) => {
      const set = Object.hasOwn(expansion.variables, name) ? expansion.variables[name] : undefined;
      if (set !== undefined && set !== '') {
        expansion.secrets.add(set);
        return set;
      }
      if (typeof fallback === 'string') return fallback;
      reportUnset(node, { name, offset, length: found.length }, expansion.findings);
      return found;
    },
  );
  return { ...node, value, shown: written };
}

function reportUnset(
  node: ScalarNode,
  { name, offset, length }: { readonly name: string; readonly offset: number; readonly length: number },
  findings: Findings,
): void {
  const start = sourceOffset(node, findings.text, offset);
  const place = start === undefined ? node : { start, end: start + length };
  const message = `The environment variable \`${name}\` is not set.`;
  findings.error('VARIABLE_UNSET', place, message, `Set it, or give a default: \`\${${name}:-default}\`.`);
}
