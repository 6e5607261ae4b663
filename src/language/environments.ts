import type { Entry, MapNode, Node } from './yaml/tree.ts';
import { child, entriesOf } from './yaml/tree.ts';

/** The part of `runner.yaml` that holds all environments. */
export const environmentsKey = 'environments';

/** The environments of a configuration by name; those that are no mapping are left out. */
export function environmentsOf(root: MapNode): ReadonlyMap<string, MapNode> {
  return new Map(
    entriesOf(child(root, environmentsKey)).flatMap(({ name, value }) =>
      value.kind === 'map' ? [[name, value] as const] : [],
    ),
  );
}

/** The configuration without its environments. */
export function withoutEnvironments(root: MapNode): MapNode {
  return { ...root, entries: new Map([...root.entries].filter(([name]) => name !== environmentsKey)) };
}

/**
 * The configuration with an environment merged over it: mappings deeply, all else replaced. What belongs to an address
 * goes with it, so that the key for one server is never sent to another.
 */
export function mergeEnvironment(root: MapNode, environment: MapNode): MapNode {
  const merged = mergeMaps(root, environment);
  const [base, own] = [root.entries.get('secrets')?.value, environment.entries.get('secrets')];
  if (base?.kind !== 'map' || own?.value.kind !== 'map') return merged;
  // A secret has one source: that of the environment takes the place of the file's.
  const value: MapNode = { ...own.value, entries: new Map([...base.entries, ...own.value.entries]) };
  return { ...merged, entries: new Map([...merged.entries, ['secrets', { ...own, value }]]) };
}

/** Where something is reached, and all that only has a meaning there. */
const addressKeys = ['url', 'command'];
const ofAddress = new Set([...addressKeys, 'type', 'api_key', 'headers', 'auth', 'args', 'env', 'cwd']);

function mergeMaps(base: MapNode, over: MapNode): MapNode {
  const isElsewhere = addressKeys.some((key) => over.entries.has(key));
  const kept = [...base.entries].filter(([name]) => !isElsewhere || !ofAddress.has(name));
  const entries = new Map<string, Entry>(kept);
  for (const [name, entry] of over.entries) {
    const below = entries.get(name)?.value;
    entries.set(name, { ...entry, value: below === undefined ? entry.value : mergeNodes(below, entry.value) });
  }
  return { ...over, entries };
}

function mergeNodes(base: Node, over: Node): Node {
  return base.kind === 'map' && over.kind === 'map' ? mergeMaps(base, over) : over;
}
