import { resolve } from 'node:path';
import type { PatternPolicies } from '../language/load.ts';
import type { ProjectConfig } from '../language/project-config.ts';
import type { JsonObject } from '../model/json.ts';
import { credentialIn, isCredentialName, withoutScheme } from '../model/credentials.ts';
import type { RetentionPolicy } from '../model/retention.ts';
import type { McpServer } from '../model/mcp-servers.ts';
import type { ToolOverlay } from '../model/tool-effects.ts';
import type { KeySource, SecretSource } from '../model/secrets.ts';
import { chooseCacheSettings, secretsOfCache } from './cache-settings.ts';
import type { CacheSettings } from './cache-settings.ts';
import { readEnvironment } from './environment.ts';
import type { EnvironmentSettings, Variables } from './environment.ts';
import { InvalidFileError } from './invalid-file-error.ts';
import { passwordsOf, requireReadableLogin } from './login.ts';
import { chooseEnvironment, unknownEnvironment } from './project-environment.ts';
import type { ChosenEnvironment } from './project-environment.ts';
import type { Project } from './project.ts';
import { Redaction } from './secrets/redaction.ts';
import { displayPath, readProjectFile } from './workflow-files.ts';

/** Everything that can be set, after precedence: flag, environment, `runner.yaml`, built-in. */
export interface Configuration {
  readonly project: Project;
  /** Which of the `environments` of `runner.yaml`; absent where none was chosen. */
  readonly environment?: string;
  /** Absolute folder of journal, telemetry and sandbox. */
  readonly home: string;
  /** Where `home` comes from, for messages. */
  readonly homeFrom: 'RUNNER_HOME' | 'project';
  readonly bridge: Bridge;
  /** Servers that are connected directly; none in the sandbox that a person asked for, which touches nothing real. */
  readonly mcpServers: readonly McpServer[];
  /** What `tools` of `runner.yaml` says. */
  readonly tools: readonly ToolOverlay[];
  /** What `policies` of `runner.yaml` says. */
  readonly policies: readonly PatternPolicies[];
  /** Whether `runner.lock.yaml` is heeded; the sandbox that a person asked for has tools of its own. */
  readonly lock: 'heeded' | 'ignored';
  /** True: writes are refused before they happen. Nothing can make it false that one of its sources made true. */
  readonly readOnly: boolean;
  readonly cache: CacheSettings;
  /** Without `delayMs` the kind of error decides how long is waited. */
  readonly retry: { readonly max: number; readonly delayMs?: number };
  /** Calls under way at once. */
  readonly inFlight: number;
  /** Absolute. */
  readonly workflowFolders: readonly string[];
  readonly envNames: readonly string[];
  /** What `$env` reads. */
  readonly env: JsonObject;
  readonly allowHosts: readonly string[];
  /** Where secrets come from, by name; their values are never part of the configuration. */
  readonly secrets: Readonly<Record<string, SecretSource>>;
  /** The first one seals the journal, all of them open it; empty: it is not sealed. */
  readonly journalKeys: readonly KeySource[];
  /** How long runs are kept that have ended; empty: they are kept until somebody says otherwise. */
  readonly retention: RetentionPolicy;
  /** Grows with every secret that is read while the process runs. */
  readonly redactor: Redaction;
}

/** Which tools a run calls. `from` says who decided, for messages. */
export type Bridge =
  | { readonly kind: 'url'; readonly url: string; readonly apiKey?: string; readonly from: string }
  | { readonly kind: 'sandbox'; readonly from: string }
  | { readonly kind: 'none' };

export interface ConfigurationRequest {
  readonly project: Project;
  readonly cwd: string;
  readonly variables: Variables;
  /** The flag `--sandbox`. */
  readonly sandbox: boolean;
  /** The flag `--read-only`. */
  readonly readOnly?: boolean;
  /** `left_out`: what was recorded can be read whatever the file says. */
  readonly file?: 'heeded' | 'left_out';
  /** The flag `--env`, or what a program asks for; null: none, whatever RUNNER_ENV says. */
  readonly environment?: string | null | undefined;
}

const builtIn = { maxRetries: 3, inFlight: 100 } as const;

/**
 * The configuration in effect.
 * @throws RunnerError CONFIG_INVALID, naming the variable, or with the findings about `runner.yaml`;
 *   ENVIRONMENT_UNKNOWN
 */
export async function loadConfiguration(request: ConfigurationRequest): Promise<Configuration> {
  const { project, variables } = request;
  const environment = readEnvironment(variables);
  const chosen = chooseEnvironment(request, environment);
  const file = await readConfigFile(request, chosen);
  const bridge = chooseBridge(request.sandbox, environment, file?.bridge);
  const cache = chooseCacheSettings(environment, file?.cache, project.root);
  const env = Object.fromEntries(
    (file?.env ?? []).flatMap((name) => (variables[name] === undefined ? [] : [[name, variables[name]]])),
  );
  return {
    project,
    ...(chosen && { environment: chosen.name }),
    home: homeOf(request, environment),
    homeFrom: environment.home === undefined ? 'project' : 'RUNNER_HOME',
    bridge,
    mcpServers: request.sandbox ? [] : (file?.mcpServers ?? []),
    tools: file?.tools ?? [],
    policies: file?.policies ?? [],
    lock: request.sandbox ? 'ignored' : 'heeded',
    readOnly: request.readOnly === true || environment.mode === 'read_only' || file?.mode === 'read_only',
    cache,
    retry: {
      max: environment.maxRetries ?? builtIn.maxRetries,
      ...(environment.retryDelayMs === undefined ? {} : { delayMs: environment.retryDelayMs }),
    },
    inFlight: file?.inFlight ?? builtIn.inFlight,
    workflowFolders: (file?.workflows ?? ['workflows']).map((folder) => resolve(project.root, folder)),
    envNames: file?.env ?? [],
    env,
    allowHosts: file?.allowHosts ?? [],
    secrets: file?.secrets ?? {},
    journalKeys: file?.journalKeys ?? [],
    retention: file?.retention ?? {},
    redactor: new Redaction([
      ...secretsOf(environment, bridge),
      ...secretsOfCache(cache),
      ...secretsOfServers(file?.mcpServers ?? []),
      ...(file?.expandedSecrets ?? []),
    ]),
  };
}

/** Independent of `runner.yaml`: whoever looks for a run must find it whatever its environment is. */
export function homeOf(
  { project, cwd }: Pick<ConfigurationRequest, 'project' | 'cwd'>,
  { home }: EnvironmentSettings,
): string {
  return resolve(cwd, home ?? resolve(project.root, '.runner'));
}

async function readConfigFile(
  request: ConfigurationRequest,
  chosen: ChosenEnvironment | undefined,
): Promise<ProjectConfig | undefined> {
  const path = request.project.configFile;
  if (request.file === 'left_out') return undefined;
  if (path === undefined) {
    if (chosen) throw unknownEnvironment(chosen, []);
    return undefined;
  }
  const file = displayPath(path, request.cwd);
  const bytes = await readProjectFile(path, file, 'CONFIG_INVALID');
  const { loadProjectConfig } = await import('../language/project-config.ts');
  const source = { file, env: request.variables, environment: chosen?.name };
  const { diagnostics, config, environments } = await loadProjectConfig(bytes, source);
  const isReadable = config !== undefined || environments.length > 0;
  // Before its other faults: some of them may be there because it is not the environment that was meant.
  if (chosen && isReadable && !environments.includes(chosen.name)) throw unknownEnvironment(chosen, environments);
  if (config === undefined) throw new InvalidFileError('CONFIG_INVALID', `${file} cannot be used.`, diagnostics);
  return config;
}

function chooseBridge(sandbox: boolean, environment: EnvironmentSettings, file: ProjectConfig['bridge']): Bridge {
  if (sandbox) return { kind: 'sandbox', from: '--sandbox' };
  if (environment.bridgeUrl !== undefined) return bridgeAt(environment.bridgeUrl, environment.apiKey, 'MCP_BRIDGE_URL');
  if (file === 'sandbox') return { kind: 'sandbox', from: 'runner.yaml' };
  // The file's key belongs to the file's address; it is never sent to an address from elsewhere.
  if (file?.url !== undefined) return bridgeAt(file.url, environment.apiKey ?? file.apiKey, 'runner.yaml');
  return { kind: 'none' };
}

function bridgeAt(url: string, apiKey: string | undefined, from: string): Bridge {
  requireReadableLogin(url, `the bridge in ${from}`);
  return { kind: 'url', url, from, ...(apiKey === undefined ? {} : { apiKey }) };
}

function secretsOf(environment: EnvironmentSettings, bridge: Bridge): readonly string[] {
  const [key, passwords] = bridge.kind === 'url' ? [bridge.apiKey, passwordsOf(bridge.url)] : [undefined, []];
  return [environment.apiKey, key, ...passwords].filter((secret) => secret !== undefined);
}

function secretsOfServers(servers: readonly McpServer[]): readonly string[] {
  return servers.flatMap(({ target }) => {
    if (target.kind === 'stdio') return credentialsAmong(target.env);
    return [...credentialsAmong(target.headers), target.auth?.clientSecret ?? []].flat();
  });
}

/** Those whose names say so: a `LOG_LEVEL` must not be taken out of everything. */
function credentialsAmong(texts: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(texts).flatMap(([name, text]) =>
    isCredentialName(name) || credentialIn(text) !== undefined ? [text, withoutScheme(text)] : [],
  );
}
