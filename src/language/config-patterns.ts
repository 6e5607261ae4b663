import type { Diagnostic } from '../model/diagnostics.ts';
import { covers } from '../model/target-patterns.ts';
import { nearestPattern } from './compile/policy-layers.ts';
import { environmentsOf } from './environments.ts';
import { Findings } from './findings.ts';
import { readYaml } from './yaml/read-yaml.ts';
import type { MapNode } from './yaml/tree.ts';
import { child, entriesOf, keyPlace } from './yaml/tree.ts';

/** What the patterns of `runner.yaml` may cover. */
export interface KnownTargets {
  /** What the project's workflows call. */
  readonly called: ReadonlySet<string>;
  /** The tools of the catalogue, `server/tool`; absent where nobody has read them yet. */
  readonly tools?: readonly string[];
}

const sections = ['policies', 'tools', 'fallbacks'] as const;

/**
 * Warns of patterns of `runner.yaml` that cover nothing that is known, so that a slip of the pen is not taken for
 * protection. Nothing is said of a version, which may be called some day, nor of a server whose tools nobody has read.
 */
export async function idlePatterns(
  { file, text }: { readonly file: string; readonly text: string },
  known: KnownTargets,
): Promise<readonly Diagnostic[]> {
  const findings = new Findings(file, text);
  const root = await readYaml(new Findings(file, text));
  if (root?.kind !== 'map') return [];
  const parts = [root, ...environmentsOf(root).values()];
  const unread = unreadServers(parts, known);
  const all = new Set([...known.called, ...(known.tools ?? [])]);
  for (const node of parts.flatMap((part) => sections.map((section) => child(part, section)))) {
    if (node?.kind !== 'map') continue;
    for (const { name } of node.entries.values()) {
      if (isJudged(name, known, unread) && ![...all].some((target) => covers(name, target))) {
        tell(findings, { node, pattern: name, targets: all });
      }
    }
  }
  return findings.sorted();
}

function unreadServers(parts: readonly MapNode[], { tools = [] }: KnownTargets): ReadonlySet<string> {
  const servers = parts.flatMap((part) => entriesOf(child(part, 'mcpServers')).map(({ name }) => name));
  return new Set(servers.filter((server) => !tools.some((tool) => tool.startsWith(`${server}/`))));
}

/** Requests and commands stand in workflows alone; for tools it takes the catalogue. */
function isJudged(pattern: string, { tools }: KnownTargets, unread: ReadonlySet<string>): boolean {
  if (pattern.startsWith('http/') || pattern.startsWith('run/')) return true;
  return tools !== undefined && !pattern.includes('@') && !unread.has(pattern.split('/')[0] ?? '');
}

interface IdlePattern {
  readonly node: MapNode;
  readonly pattern: string;
  readonly targets: ReadonlySet<string>;
}

function tell(findings: Findings, { node, pattern, targets }: IdlePattern): void {
  const near = nearestPattern(pattern, targets);
  const message = `Nothing that is known is covered by \`${pattern}\`: no tool of the catalogue, no call of a workflow.`;
  const hint =
    near === undefined
      ? 'Correct or delete it; after `runner tools sync` if the tool is new.'
      : `Did you mean \`${near}\`?`;
  findings.warning('PATTERN_COVERS_NOTHING', keyPlace(node, pattern), message, hint);
}
