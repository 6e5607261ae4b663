import { cacheConfigOf } from './cache-config.ts';
import type { CacheConfig } from './cache-config.ts';
import type { Diagnostic } from '../model/diagnostics.ts';
import { isBlocking } from '../model/diagnostics.ts';
import type { McpServer } from '../model/mcp-servers.ts';
import type { ToolOverlay } from '../model/tool-effects.ts';
import type { PatternPolicies } from './compile/loading.ts';
import { Findings } from './findings.ts';
import { text as shapeText } from './generated/config-shape.js';
import { mcpServersOf } from './mcp-servers.ts';
import { readSource } from './source.ts';
import { ShapeChecker } from './structure/check-shape.ts';
import { Shapes } from './structure/shape.ts';
import { toolOverlaysOf } from './tool-overlays.ts';
import { expandVariables } from './variables.ts';
import { readYaml } from './yaml/read-yaml.ts';
import type { MapNode, Node } from './yaml/tree.ts';
import { child, entriesOf, itemsOf, keyPlace, textOf } from './yaml/tree.ts';

/** What `runner.yaml` says; what it leaves out is absent. */
export interface ProjectConfig {
  /** Folders, relative to the project's root. */
  readonly workflows?: readonly string[];
  readonly bridge?: 'sandbox' | { readonly url: string; readonly apiKey?: string };
  /** Names that expressions may read. */
  readonly env?: readonly string[];
  readonly allowHosts?: readonly string[];
  /** Most steps in flight at once. */
  readonly inFlight?: number;
  /** MCP servers that are connected directly, in the order of the file. */
  readonly mcpServers?: readonly McpServer[];
  readonly tools?: readonly ToolOverlay[];
  /** Policies by pattern, checked. */
  readonly policies?: readonly PatternPolicies[];
  readonly mode?: 'normal' | 'read_only';
  readonly cache?: CacheConfig;
  /** Values that came in through `${VAR}`: none of them may be shown. */
  readonly expandedSecrets: readonly string[];
}

const laterKeys = ['secrets', 'fallbacks', 'retention', 'serve', 'gitops', 'alerts', 'environments'] as const;

/**
 * Reads and checks `runner.yaml`. Never rejects for what is in the file, and finds all faults at once.
 * @param options.env what `${VAR}` and `${VAR:-default}` are replaced with
 * @returns the configuration when no finding is an error or unsupported
 */
export async function loadProjectConfig(
  bytes: Uint8Array,
  options: { readonly file: string; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<{ readonly diagnostics: readonly Diagnostic[]; readonly config?: ProjectConfig }> {
  const source = readSource(bytes, options.file);
  if (source.text === undefined) return { diagnostics: source.diagnostics };
  // A project may be marked by an empty file, or by one that holds only comments.
  if (/^(?:\s|#.*)*$/.test(source.text)) return { diagnostics: [], config: { expandedSecrets: [] } };
  const findings = new Findings(options.file, source.text);
  const parsed = await readYaml(findings);
  if (parsed === undefined) return { diagnostics: findings.sorted() };
  const { node, secrets } = expandVariables(parsed, options.env, findings);
  const config = await configOf(node, secrets, findings);
  const diagnostics = findings.sorted();
  return diagnostics.some(isBlocking) || config === undefined ? { diagnostics } : { diagnostics, config };
}

async function configOf(
  node: Node,
  expandedSecrets: readonly string[],
  findings: Findings,
): Promise<ProjectConfig | undefined> {
  if (node.kind !== 'map') {
    findings.error('FILE_NOT_A_MAPPING', node, 'The configuration is a mapping, such as `bridge: sandbox`.');
    return undefined;
  }
  const shapes = new Shapes(shapeText);
  new ShapeChecker(shapes, findings).check(node, shapes.root(), 'the configuration');
  for (const key of laterKeys) {
    if (node.entries.has(key)) findings.unsupported(keyPlace(node, key), `\`${key}\``);
  }
  const policies = await policiesOf(node, shapes, findings);
  return { ...settingsOf(node, findings), ...policies, expandedSecrets };
}

/** Their compiler is dear to load, and many projects do without. */
async function policiesOf(root: MapNode, shapes: Shapes, findings: Findings): Promise<Pick<ProjectConfig, 'policies'>> {
  const hasCosts = entriesOf(child(root, 'tools')).some(({ value }) => child(value, 'cost') !== undefined);
  if (!root.entries.has('policies') && !hasCosts) return {};
  const { checkProjectPolicies } = await import('./project-policies.ts');
  return { policies: await checkProjectPolicies(root, shapes, findings) };
}

function settingsOf(root: MapNode, findings: Findings): Omit<ProjectConfig, 'expandedSecrets' | 'policies'> {
  const folders = textsOf(child(root, 'workflows'));
  const bridge = bridgeOf(child(root, 'bridge'));
  const env = textsOf(child(root, 'env'));
  const allowHosts = textsOf(child(child(root, 'egress'), 'allow_hosts'));
  const inFlight = child(child(root, 'limits'), 'in_flight');
  const cache = child(root, 'cache');
  const servers = child(root, 'mcpServers');
  const tools = child(root, 'tools');
  const mode = textOf(child(root, 'mode'));
  return {
    ...(folders && { workflows: folders }),
    ...(bridge && { bridge }),
    ...(env && { env }),
    ...(allowHosts && { allowHosts }),
    ...(cache && { cache: cacheConfigOf(cache) }),
    ...(servers && { mcpServers: mcpServersOf(servers, findings) }),
    ...(tools && { tools: toolOverlaysOf(tools) }),
    ...((mode === 'normal' || mode === 'read_only') && { mode }),
    ...(inFlight?.kind === 'scalar' && typeof inFlight.value === 'number' && { inFlight: inFlight.value }),
  };
}

function bridgeOf(node: Node | undefined): ProjectConfig['bridge'] {
  if (textOf(node) === 'sandbox') return 'sandbox';
  const [url, apiKey] = [textOf(child(node, 'url')), textOf(child(node, 'api_key'))];
  return url === undefined ? undefined : { url, ...(apiKey !== undefined && { apiKey }) };
}

/** One text or a list of texts, as a list. */
function textsOf(node: Node | undefined): readonly string[] | undefined {
  if (node === undefined) return undefined;
  const one = textOf(node);
  return one === undefined ? itemsOf(node).flatMap((item) => textOf(item) ?? []) : [one];
}
