import type { App } from './app.ts';
import type { Variables } from './environment.ts';
import { displayPath, readProjectFile } from './workflow-files.ts';

/** A setting in effect, and who says so. */
export interface Setting {
  /** `cache.ttl`, `mcpServers.files.command` */
  readonly key: string;
  /** As it is written, `${VAR}` included; what is secret is not told. */
  readonly value: string;
  /** A flag, the name of a variable, a place in `runner.yaml`, or `built-in`. */
  readonly from: string;
}

/** What is set elsewhere than in `runner.yaml`: one line for each, whatever the file says shows up by itself. */
const outsideFile: readonly { readonly key: string; readonly builtIn?: string; readonly variable?: string }[] = [
  { key: 'bridge.url', variable: 'MCP_BRIDGE_URL' },
  { key: 'bridge.api_key', variable: 'MCP_API_KEY' },
  { key: 'cache.enabled', builtIn: 'true', variable: 'MCP_CACHE_ENABLED' },
  { key: 'cache.ttl', builtIn: '5m', variable: 'MCP_CACHE_DEFAULT_TTL' },
  { key: 'cache.max_entries', builtIn: '10000' },
  { key: 'cache.max_bytes', builtIn: '64MB' },
  { key: 'cache.redis', variable: 'MCP_CACHE_REDIS_URL' },
  { key: 'environment', variable: 'RUNNER_ENV' },
  { key: 'home', builtIn: '.runner', variable: 'RUNNER_HOME' },
  { key: 'limits.in_flight', builtIn: '100' },
  { key: 'mode', builtIn: 'normal', variable: 'RUNNER_MODE' },
  { key: 'retry.max', builtIn: '3', variable: 'MCP_MAX_RETRIES' },
  { key: 'retry.delay', builtIn: 'by kind of error', variable: 'MCP_RETRY_DELAY_BASE' },
  { key: 'workflows', builtIn: 'workflows' },
];

const inSeconds = new Set(['MCP_CACHE_DEFAULT_TTL', 'MCP_RETRY_DELAY_BASE']);
const secretKey = /(?:^|\.)(?:api_key|journal_key(?:\[\d+\])?|client_secret|password)$|\.(?:headers|env)\.[^.]+$/;

export interface ConfigRequest {
  readonly variables: Variables;
  /** The flag `--read-only`. */
  readonly readOnly: boolean;
  /** The flag `--env`. */
  readonly environment?: string | undefined;
}

/** Everything that is set, as it is in effect after precedence, by key. */
export async function reportConfig(app: App, request: ConfigRequest): Promise<readonly Setting[]> {
  const settings = new Map<string, Setting>();
  const set = (setting: Setting): unknown => settings.set(setting.key, setting);
  for (const { key, builtIn } of outsideFile) if (builtIn !== undefined) set({ key, value: builtIn, from: 'built-in' });
  for (const setting of await ofFile(app)) set(setting);
  // A key goes with its address: that of the file is not sent to the one of the variable.
  if (isSet(request.variables, 'MCP_BRIDGE_URL')) forget(settings, 'bridge');
  for (const setting of ofVariables(request.variables)) {
    const isTakenBack = setting.key === 'mode' && settings.get('mode')?.value === 'read_only';
    const isKeyToNowhere = setting.key === 'bridge.api_key' && app.configuration.bridge.kind !== 'url';
    if (!isTakenBack && !isKeyToNowhere) set(setting);
  }
  for (const setting of ofFlags(app, request)) {
    forget(settings, setting.key);
    if (setting.key === 'bridge') forget(settings, 'mcpServers');
    set(setting);
  }
  return [...settings.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

async function ofFile({ configuration, cwd }: App): Promise<readonly Setting[]> {
  const { project, environment } = configuration;
  if (project.configFile === undefined) return [];
  const file = displayPath(project.configFile, cwd);
  const [{ fileSettings }, bytes] = await Promise.all([
    import('../language/file-settings.ts'),
    readProjectFile(project.configFile, file, 'CONFIG_INVALID'),
  ]);
  const found = await fileSettings(bytes, { file, env: {}, environment });
  return found.map(({ key, text, line, environment: name }) => ({
    key,
    value: secretKey.test(key) && !text.includes('${') ? '[redacted]' : text,
    from: name === undefined ? `${file}:${line}` : `environments.${name} in ${file}:${line}`,
  }));
}

function ofVariables(variables: Variables): readonly Setting[] {
  return outsideFile.flatMap(({ key, variable }) => {
    if (variable === undefined || !isSet(variables, variable)) return [];
    const text = variables[variable]?.trim() ?? '';
    const value = inSeconds.has(variable) ? `${text}s` : text;
    return [{ key, value: secretKey.test(key) ? '[redacted]' : value, from: variable }];
  });
}

function ofFlags({ configuration }: App, { readOnly, environment }: ConfigRequest): readonly Setting[] {
  const { bridge } = configuration;
  const isSandbox = bridge.kind === 'sandbox' && bridge.from === '--sandbox';
  return [
    ...(isSandbox ? [{ key: 'bridge', value: 'sandbox', from: '--sandbox' }] : []),
    ...(readOnly ? [{ key: 'mode', value: 'read_only', from: '--read-only' }] : []),
    ...(environment === undefined ? [] : [{ key: 'environment', value: environment, from: '--env' }]),
  ];
}

/** With everything below it. */
function forget(settings: Map<string, Setting>, key: string): void {
  for (const each of settings.keys()) if (each === key || each.startsWith(`${key}.`)) settings.delete(each);
}

/** An empty variable counts as unset. */
function isSet(variables: Variables, name: string): boolean {
  return (variables[name] ?? '').trim() !== '';
}
