import type { LoadedWorkflow } from '../load.ts';

/** Loaded workflows by name: one, and all that it can reach. */
export type CallGraph = ReadonlyMap<string, LoadedWorkflow>;

/** Finds a workflow of the project and loads it; undefined where there is none of that name. */
export type LoadByName = (name: string) => Promise<LoadedWorkflow | undefined>;

/** All workflows that a run of `root` can reach, each loaded once, the nearest first. */
export async function graphOf(root: LoadedWorkflow, load: LoadByName): Promise<CallGraph> {
  const graph = new Map([[nameOf(root), root]]);
  const missing = new Set<string>();
  // Grows while it is walked.
  for (const loaded of graph.values()) {
    for (const name of calledBy(loaded)) {
      if (graph.has(name) || missing.has(name)) continue;
      const child = await load(name);
      if (child === undefined) missing.add(name);
      else graph.set(name, child);
    }
  }
  return graph;
}

export function nameOf({ name = '' }: LoadedWorkflow): string {
  return name;
}

/** Names of the workflows that a run of it starts itself. */
function calledBy({ links }: LoadedWorkflow | { readonly links?: undefined }): readonly string[] {
  return [...new Set((links?.calls ?? []).map(({ workflow }) => workflow))];
}

/** The shortest way by which `from` comes to start `to`, both included; undefined where it never does. */
export function pathBetween(from: string, to: string, graph: CallGraph): readonly string[] | undefined {
  const paths = new Map<string, readonly string[]>([[from, [from]]]);
  for (const [name, path] of paths) {
    if (name === to) return path;
    for (const next of calledBy(graph.get(name) ?? {})) if (!paths.has(next)) paths.set(next, [...path, next]);
  }
  return undefined;
}

/** What a workflow can reach, itself first. */
export function reachableFrom(name: string, graph: CallGraph): readonly LoadedWorkflow[] {
  const names = new Set([name]);
  for (const each of names) for (const next of calledBy(graph.get(each) ?? {})) names.add(next);
  return [...names].flatMap((each) => graph.get(each) ?? []);
}

/** The longest chain of workflows that begins with one, in a graph without cycles. */
export function longestChain(
  name: string,
  graph: CallGraph,
  known = new Map<string, readonly string[]>(),
): readonly string[] {
  const before = known.get(name);
  if (before !== undefined) return before;
  const chains = calledBy(graph.get(name) ?? {}).map((next) => longestChain(next, graph, known));
  const longest = chains.reduce((one, other) => (other.length > one.length ? other : one), []);
  const chain = [name, ...longest];
  known.set(name, chain);
  return chain;
}
