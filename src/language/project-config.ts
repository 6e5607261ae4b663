import { cacheConfigOf } from './cache-config.ts';
import type { CacheConfig } from './cache-config.ts';
import { checkConfigValues } from './config-values.ts';
import type { Diagnostic } from '../model/diagnostics.ts';
import { isBlocking } from '../model/diagnostics.ts';
import type { McpServer } from '../model/mcp-servers.ts';
import type { KeySource, SecretSource } from '../model/secrets.ts';
import type { RetentionPolicy } from '../model/retention.ts';
import type { ToolOverlay } from '../model/tool-effects.ts';
import type { PatternPolicies } from './compile/loading.ts';
import { Findings } from './findings.ts';
import { text as shapeText } from './generated/config-shape.js';
import { mcpServersOf } from './mcp-servers.ts';
import { retentionOf } from './retention.ts';
import { journalKeysOf, checkSecretPrograms, secretSourcesOf } from './secret-sources.ts';
import { readSource } from './source.ts';
import { ShapeChecker } from './structure/check-shape.ts';
import { Shapes } from './structure/shape.ts';
import { toolOverlaysOf } from './tool-overlays.ts';
import { environmentsKey, environmentsOf, mergeEnvironment, withoutEnvironments } from './environments.ts';
import { expandVariables, leaveOpen } from './variables.ts';
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
  /** Policies and fallbacks by pattern, checked. */
  readonly policies?: readonly PatternPolicies[];
  readonly mode?: 'normal' | 'read_only';
  readonly cache?: CacheConfig;
  /** Where the values of secrets come from, by name. */
  readonly secrets?: Readonly<Record<string, SecretSource>>;
  /** The first one writes the journal, all of them read it. */
  readonly journalKeys?: readonly KeySource[];
  readonly retention?: RetentionPolicy;
  /** Values that came in through `${VAR}`: none of them may be shown. */
  readonly expandedSecrets: readonly string[];
}

const laterKeys = ['serve', 'gitops', 'alerts'] as const;

export interface ConfigSource {
  /** What the file is called in findings. */
  readonly file: string;
  /** What `${VAR}` and `${VAR:-default}` are replaced with. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The environment whose settings are merged over the file's; one that the file does not have changes nothing. */
  readonly environment?: string | undefined;
}

export interface LoadedConfig {
  readonly diagnostics: readonly Diagnostic[];
  /** Present when no finding is an error or unsupported. */
  readonly config?: ProjectConfig;
  /** Names of the file's environments. */
  readonly environments: readonly string[];
}

/**
 * Reads and checks `runner.yaml`. Never rejects for what is in the file, and finds all faults at once, those of the
 * environments that were not chosen included; the variables of these need not be set.
 */
export async function loadProjectConfig(bytes: Uint8Array, options: ConfigSource): Promise<LoadedConfig> {
  const source = readSource(bytes, options.file);
  if (source.text === undefined) return { diagnostics: source.diagnostics, environments: [] };
  // A project may be marked by an empty file, or by one that holds only comments.
  if (/^(?:\s|#.*)*$/.test(source.text)) return { diagnostics: [], config: { expandedSecrets: [] }, environments: [] };
  const findings = new Findings(options.file, source.text);
  const root = await readYaml(findings);
  if (root === undefined) return { diagnostics: findings.sorted(), environments: [] };
  if (root.kind !== 'map') {
    findings.error('FILE_NOT_A_MAPPING', root, 'The configuration is a mapping, such as `bridge: sandbox`.');
    return { diagnostics: findings.sorted(), environments: [] };
  }
  const config = await configOf(root, findings, options);
  const diagnostics = findings.sorted();
  const environments = [...environmentsOf(root).keys()];
  return diagnostics.some(isBlocking) ? { diagnostics, environments } : { diagnostics, config, environments };
}

async function configOf(
  root: MapNode,
  findings: Findings,
  { env, environment = '' }: ConfigSource,
): Promise<ProjectConfig> {
  const shapes = new Shapes(shapeText);
  const checker = new ShapeChecker(shapes, findings);
  const check = async (settings: MapNode): Promise<Omit<ProjectConfig, 'expandedSecrets'>> => {
    checker.check(settings, shapes.root(), 'the configuration');
    checkConfigValues(settings, findings);
    checkSecretPrograms(settings, findings);
    for (const key of laterKeys) {
      if (settings.entries.has(key)) findings.unsupported(keyPlace(settings, key), `\`${key}\``);
    }
    return { ...settingsOf(settings, findings), ...(await policiesOf(settings, shapes, findings)) };
  };
  const environments = environmentsOf(root);
  const chosen = environments.get(environment);
  const plain = withoutEnvironments(root);
  const { node, secrets } = expandVariables(chosen ? mergeEnvironment(plain, chosen) : plain, env, findings);
  const settings = await check(node);
  const all = root.entries.get(environmentsKey);
  if (all) checker.check({ ...root, entries: new Map([[environmentsKey, all]]) }, shapes.root(), 'the configuration');
  for (const other of environments.values()) {
    if (other !== chosen) await check(leaveOpen(mergeEnvironment(plain, other)));
  }
  return { ...settings, expandedSecrets: secrets };
}

/** Their compiler is dear to load, and many projects do without. */
async function policiesOf(root: MapNode, shapes: Shapes, findings: Findings): Promise<Pick<ProjectConfig, 'policies'>> {
  const hasCosts = entriesOf(child(root, 'tools')).some(({ value }) => child(value, 'cost') !== undefined);
  if (!root.entries.has('policies') && !root.entries.has('fallbacks') && !hasCosts) return {};
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
  const [secrets, journalKey] = [child(root, 'secrets'), child(root, 'journal_key')];
  const retention = child(root, 'retention');
  return {
    ...(folders && { workflows: folders }),
    ...(bridge && { bridge }),
    ...(env && { env }),
    ...(allowHosts && { allowHosts }),
    ...(cache && { cache: cacheConfigOf(cache) }),
    ...(servers && { mcpServers: mcpServersOf(servers, findings) }),
    ...(tools && { tools: toolOverlaysOf(tools, findings) }),
    ...(secrets && { secrets: secretSourcesOf(secrets) }),
    ...(journalKey && { journalKeys: journalKeysOf(journalKey) }),
    ...(retention && { retention: retentionOf(retention) }),
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
