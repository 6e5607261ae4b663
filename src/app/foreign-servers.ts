import { foreignAuth } from './foreign-auth.ts';
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
  const asked = questionsOf(inner);
  const servers = Object.entries(listed).flatMap(([given, entry]): [string, JsonObject][] => {
    const name =
      given
        .trim()
        .replaceAll(/[^\w.-]+/g, '-')
        .replace(/^[^A-Za-z0-9]+/, '') || 'server';
    if (name !== given) notes.push(`"${given}" is called ${name} here.`);
    const server = isJsonObject(entry) ? translate(name, entry, { notes, asked }) : undefined;
    return server === undefined ? [] : [[name, server]];
  });
  return { servers: Object.fromEntries(servers), notes: [...new Set(notes)] };
}

interface Destination {
  readonly notes: string[];
  /** What the other client asks a person for, by id. */
  readonly asked: ReadonlyMap<string, string>;
}

function translate(name: string, entry: JsonObject, { notes, asked }: Destination): JsonObject | undefined {
  const { command, args, env, cwd, headers, type, disabled } = entry;
  const url = entry['url'] ?? entry['serverUrl'] ?? entry['httpUrl'];
  const leaveOut = (why: string): undefined => void notes.push(`${name} is left out: ${why}.`);
  if (disabled === true) return leaveOut('it is disabled there');
  if (type === 'sse') return leaveOut('it uses the old SSE transport, which Runner does not speak');
  const text = (value: string): string => adapt(value, name, { notes, asked });
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
  const { auth, notes: authNotes } = foreignAuth(entry, { name, prefix, text });
  notes.push(...authNotes);
  return {
    url: text(url),
    ...(isJsonObject(headers) && { headers: withoutSecrets(headers, { name, prefix, text, notes }) }),
    ...(auth && { auth }),
  };
}

/** The `inputs` of VS Code: what it asks for at the start, in its own words. */
function questionsOf(configuration: Json): ReadonlyMap<string, string> {
  const inputs = isJsonObject(configuration) ? configuration['inputs'] : undefined;
  if (!Array.isArray(inputs)) return new Map();
  return new Map(
    inputs.flatMap((input: Json): [string, string][] => {
      if (!isJsonObject(input) || typeof input['id'] !== 'string') return [];
      return typeof input['description'] === 'string' ? [[input['id'], input['description']]] : [];
    }),
  );
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
function adapt(value: string, name: string, { notes, asked }: Destination): string {
  return value
    .replaceAll(/\$\{env:([A-Za-z_]\w*)\}/g, '${$1}')
    .replaceAll('${workspaceFolder}', '.')
    .replaceAll(/\$\{input:([^}]+)\}/g, (_, input: string) => {
      const variable = constantOf(input);
      const question = asked.get(input);
      const words = question === undefined ? '' : `: ${question}`;
      notes.push(`${name}: set the environment variable ${variable}, which the other client asks for${words}`);
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
