import type { Findings } from './findings.ts';
import type { MapNode, Node, ScalarNode } from './yaml/tree.ts';
import { sourceOffset } from './yaml/tree.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** Replaces `${VAR}` and `${VAR:-default}` in all texts of a tree. A variable that is not set is an error. */
export function expandVariables(
  root: MapNode,
  variables: Variables,
  findings: Findings,
): { readonly node: MapNode; readonly secrets: readonly string[] } {
  const secrets = new Set<string>();
  const node = inAllScalars(root, (scalar) => expandScalar(scalar, { variables, findings, secrets }));
  return { node, secrets: [...secrets] };
}

/** The tree of settings that are not in use: texts that hold variables are left open, and no variable is needed. */
export function leaveOpen(root: MapNode): MapNode {
  return inAllScalars(root, (scalar) =>
    typeof scalar.value === 'string' && /\$\{[A-Za-z_]/.test(scalar.value) ? { ...scalar, isOpen: true } : scalar,
  );
}

function inAllScalars(root: MapNode, change: (scalar: ScalarNode) => ScalarNode): MapNode {
  const changed = (node: Node): Node => {
    switch (node.kind) {
      case 'scalar':
        return change(node);
      case 'list':
        return { ...node, items: node.items.map(changed) };
      case 'map':
        return inMap(node);
    }
  };
  const inMap = (map: MapNode): MapNode => ({
    ...map,
    entries: new Map([...map.entries].map(([name, entry]) => [name, { ...entry, value: changed(entry.value) }])),
  });
  return inMap(root);
}

interface Expansion {
  readonly variables: Variables;
  readonly findings: Findings;
  readonly secrets: Set<string>;
}

function expandScalar(node: ScalarNode, expansion: Expansion): ScalarNode {
  if (typeof node.value !== 'string' || !node.value.includes('${')) return node;
  const written = node.value;
  reportMisnamed(node, written, expansion.findings);
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

/** Between the braces stands neither a variable nor a reference such as `${last_error.message}`. */
function reportMisnamed(node: ScalarNode, written: string, findings: Findings): void {
  for (const { 0: found, index } of written.matchAll(
    /(?<!\$)\$\{(?!\{)(?![A-Za-z_][\w.[\]-]*(?::-[^}]*)?\})[^{}]*\}/g,
  )) {
    const start = sourceOffset(node, findings.text, index);
    const place = start === undefined ? node : { start, end: start + found.length };
    const message = `\`${found}\` names no variable: names are of letters, digits and \`_\`.`;
    findings.error('VARIABLE_NAME', place, message, 'Write `${NAME}` or `${NAME:-default}`.');
  }
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
