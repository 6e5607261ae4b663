import { isJsonObject } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';

/** Servers as `runner.yaml` writes them, and what a person must know about the translation. */
export interface ForeignServers {
  readonly servers: Readonly<Record<string, JsonObject>>;
  readonly notes: readonly string[];
}

const secretName = /key|token|secret|passw|pwd|credential|auth|cookie/i;
const secretValue = /^(?:sk-|gh[pousr]_|github_pat_|glpat-|xox[a-z]-|AKIA|eyJ)/;

/**
 * The servers of another client's configuration: `mcpServers` (Claude Desktop, Cursor) or `servers` (VS Code).
 * Undefined when there are none in it. What looks like a secret becomes `${NAME}`, to be set in the environment.
 */
export function foreignServers(configuration: Json): ForeignServers | undefined {
  const inner =
    isJsonObject(configuration) && isJsonObject(configuration['mcp']) ? configuration['mcp'] : configuration;
  const listed = isJsonObject(inner) ? (inner['mcpServers'] ?? inner['servers']) : undefined;
  if (!isJsonObject(listed)) return undefined;
  const notes: string[] = [];
  const servers = Object.entries(listed).flatMap(([given, entry]): [string, JsonObject][] => {
    const name =
      given
        .trim()
        .replaceAll(/[^\w.-]+/g, '-')
        .replace(/^[^A-Za-z0-9]+/, '') || 'server';
    if (name !== given) notes.push(`"${given}" is called ${name} here.`);
    const server = isJsonObject(entry) ? translate(name, entry, notes) : undefined;
    return server === undefined ? [] : [[name, server]];
  });
  return { servers: Object.fromEntries(servers), notes };
}

function translate(name: string, entry: JsonObject, notes: string[]): JsonObject | undefined {
  const { command, args, env, cwd, headers, type, disabled } = entry;
  const url = entry['url'] ?? entry['serverUrl'];
  const leaveOut = (why: string): undefined => void notes.push(`${name} is left out: ${why}.`);
  if (disabled === true) return leaveOut('it is disabled there');
  if (type === 'sse') return leaveOut('it uses the old SSE transport, which Runner does not speak');
  const text = (value: string): string => adapt(value, name, notes);
  if (typeof command === 'string') {
    return {
      command: text(command),
      ...(Array.isArray(args) && { args: args.map((each: Json) => text(plainText(each))) }),
      ...(isJsonObject(env) && { env: withoutSecrets(env, { name, prefix: '', text, notes }) }),
      ...(typeof cwd === 'string' && { cwd: text(cwd) }),
    };
  }
  if (typeof url !== 'string') return leaveOut('it has neither "command" nor "url"');
  const prefix = `${constantOf(name)}_`;
  return {
    url: text(url),
    ...(isJsonObject(headers) && { headers: withoutSecrets(headers, { name, prefix, text, notes }) }),
  };
}

interface Translation {
  readonly name: string;
  /** Before the variables that are invented, so that two servers do not share one. */
  readonly prefix: string;
  readonly text: (value: string) => string;
  readonly notes: string[];
}

function withoutSecrets(values: JsonObject, { name, prefix, text, notes }: Translation): JsonObject {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => {
      const given = text(plainText(value));
      if (given === '' || given.includes('${')) return [key, given];
      const [, scheme = '', rest = ''] = /^((?:Bearer|Basic|Token)\s+)?(.*)$/is.exec(given) ?? [];
      if (!secretName.test(key) && !secretValue.test(rest)) return [key, given];
      const variable = `${prefix}${constantOf(key)}`;
      notes.push(`${name}: set the environment variable ${variable}; its value was not taken over.`);
      return [key, `${scheme}\${${variable}}`];
    }),
  );
}

/** Other clients' own placeholders in Runner's form. */
function adapt(value: string, name: string, notes: string[]): string {
  return value
    .replaceAll(/\$\{env:([A-Za-z_]\w*)\}/g, '${$1}')
    .replaceAll('${workspaceFolder}', '.')
    .replaceAll(/\$\{input:([^}]+)\}/g, (_, input: string) => {
      const variable = constantOf(input);
      notes.push(`${name}: set the environment variable ${variable}, which the other client asks for.`);
      return `\${${variable}}`;
    });
}

/** Some files give numbers and switches where the environment has only texts. */
function plainText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function constantOf(name: string): string {
  return name
    .replaceAll(/\W+/g, '_')
    .replace(/^(?=\d)/, '_')
    .toUpperCase();
}
