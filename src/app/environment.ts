import { RunnerError } from '../model/errors.ts';

/** The variables of a process, as `process.env` holds them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What the environment says; an empty variable counts as unset. */
export interface EnvironmentSettings {
  readonly bridgeUrl?: string;
  readonly apiKey?: string;
  readonly cacheEnabled?: boolean;
  readonly cacheTtlMs?: number;
  readonly cacheRedis?: string;
  readonly maxRetries?: number;
  readonly retryDelayMs?: number;
  readonly home?: string;
  readonly mode?: 'normal' | 'read_only';
  /** Which of the `environments` of `runner.yaml`. */
  readonly environment?: string;
}

/**
 * Reads the variables that Runner knows.
 * @throws RunnerError CONFIG_INVALID, naming the variable
 */
export function readEnvironment(variables: Variables): EnvironmentSettings {
  const read = <T>(name: string, parse: (name: string, text: string) => T): T | undefined => {
    const text = variables[name]?.trim();
    return text === undefined || text === '' ? undefined : parse(name, text);
  };
  return withoutUndefined({
    bridgeUrl: read('MCP_BRIDGE_URL', parseUrl),
    apiKey: read('MCP_API_KEY', parseKey),
    cacheEnabled: read('MCP_CACHE_ENABLED', parseSwitch),
    cacheTtlMs: read('MCP_CACHE_DEFAULT_TTL', parseSeconds),
    cacheRedis: read('MCP_CACHE_REDIS_URL', parseRedisUrl),
    maxRetries: read('MCP_MAX_RETRIES', parseCount),
    retryDelayMs: read('MCP_RETRY_DELAY_BASE', parseSeconds),
    home: read('RUNNER_HOME', (_, text) => text),
    mode: read('RUNNER_MODE', parseMode),
    environment: read('RUNNER_ENV', (_, text) => text),
  });
}

/** Drops the members that are undefined, so that the others can be spread over defaults. */
function withoutUndefined<T extends object>(object: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function parseUrl(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text;
  throw invalid(name, text, 'an http or https address, such as https://bridge.example.com');
}

function parseRedisUrl(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'redis:' || url?.protocol === 'rediss:') return text;
  // Without its value, which may hold a password.
  throw new RunnerError('CONFIG_INVALID', `${name} is not a redis or rediss address.`, {
    hint: `Set ${name} to an address such as redis://cache.example.com:6379, or unset it.`,
  });
}

function parseKey(name: string, text: string): string {
  // A header with a line break would be refused deep inside the HTTP client, without a word about its origin.
  if (/^[\x20-\x7e]+$/.test(text)) return text;
  throw new RunnerError('CONFIG_INVALID', `${name} holds characters that an HTTP header cannot carry.`, {
    hint: 'Check it for a line break or for letters outside ASCII.',
  });
}

function parseSwitch(name: string, text: string): boolean {
  if (/^(?:true|1|yes|on)$/i.test(text)) return true;
  if (/^(?:false|0|no|off)$/i.test(text)) return false;
  throw invalid(name, text, 'true or false');
}

function parseMode(name: string, text: string): 'normal' | 'read_only' {
  if (text === 'normal' || text === 'read_only') return text;
  throw invalid(name, text, 'normal or read_only');
}

function parseSeconds(name: string, text: string): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= 31_536_000) return Math.round(seconds * 1_000);
  throw invalid(name, text, 'a number of seconds from 0 to a year, such as 300 or 0.5');
}

function parseCount(name: string, text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (count <= 100) return count;
  throw invalid(name, text, 'a whole number from 0 to 100');
}

function invalid(name: string, text: string, wanted: string): RunnerError {
  return new RunnerError('CONFIG_INVALID', `${name} is "${text}", which is not ${wanted}.`, {
    hint: `Set ${name} to ${wanted}, or unset it.`,
  });
}
