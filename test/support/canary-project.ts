import { fileURLToPath } from 'node:url';
import { canary, hardSigns, plainSigns } from './canaries.ts';
import type { Canary } from './canaries.ts';

const stdioParrot = fileURLToPath(new URL('parrot/stdio.mjs', import.meta.url));

/** One for every way by which a secret gets into a run. */
export function newCanaries() {
  return {
    inParams: canary('a secret of the environment, in params', hardSigns),
    inBearer: canary('a secret of a file, as bearer', plainSigns),
    inBasic: canary('a secret of a program, as password of basic', plainSigns),
    inHeader: canary('a secret in a header', plainSigns),
    inQuery: canary('a secret in a query', hardSigns),
    inAddress: canary('a secret in an address', '-'),
    inBody: canary('a secret of several lines, in a body', `${hardSigns}\n  `),
    inCommand: canary('a secret in the environment of a command', hardSigns),
    ofServer: canary('`env` of an MCP server', plainSigns),
    written: canary('`env` of an MCP server, written in runner.yaml', '-'),
    inHeaders: canary('`headers` of an MCP server', plainSigns),
    writtenHeader: canary('`headers` of an MCP server, written in runner.yaml', '-'),
    bridgeKey: canary('the key of the bridge', plainSigns),
    bridgePassword: canary('the password in the address of the bridge', '-'),
    redisPassword: canary('the password in the address of Redis', '-'),
    journalKey: canary('the journal key', plainSigns),
    input: canary('a sensitive input', hardSigns),
    result: canary('a sensitive result', hardSigns),
  } as const satisfies Readonly<Record<string, Canary>>;
}

export type Canaries = ReturnType<typeof newCanaries>;

/** Files of a project in which all of them are used; those in {@link holders} hold some by purpose. */
export function canaryFiles(canaries: Canaries, host: string, isSealed: boolean): Readonly<Record<string, string>> {
  const sealing = isSealed ? 'journal_key: { env: RUNNER_JOURNAL_KEY }\n' : '';
  return {
    'runner.yaml': sealing + configOf(canaries, host),
    'workflows/slow.yaml': `name: slow\n${head}steps:\n${saying}  - wait: 1h\n`,
    'workflows/flow.yaml': flowOf(host),
    'workflows/kept.yaml': keptOf(host),
    'workflows/broken.yaml': brokenOf(host),
    'keys/bearer': `${canaries.inBearer.value}\n`,
    'keys/basic': canaries.inBasic.value,
    'keys/result': canaries.result.value,
  };
}

export const holders: readonly string[] = ['runner.yaml', 'keys/bearer', 'keys/basic', 'keys/result'];

/** The environment of every command. */
export function canaryEnvironment(canaries: Canaries, redisPort: number): Readonly<Record<string, string>> {
  return {
    IN_PARAMS: canaries.inParams.value,
    IN_HEADER: canaries.inHeader.value,
    IN_QUERY: canaries.inQuery.value,
    IN_ADDRESS: canaries.inAddress.value,
    IN_BODY: canaries.inBody.value,
    IN_COMMAND: canaries.inCommand.value,
    OF_SERVER: canaries.ofServer.value,
    IN_HEADERS: canaries.inHeaders.value,
    BRIDGE_KEY: canaries.bridgeKey.value,
    BRIDGE_PASSWORD: canaries.bridgePassword.value,
    MCP_CACHE_REDIS_URL: `redis://:${canaries.redisPassword.value}@127.0.0.1:${redisPort}`,
    MCP_RETRY_DELAY_BASE: '0',
    RUNNER_JOURNAL_KEY: canaries.journalKey.value,
  };
}

function configOf({ written, writtenHeader }: Canaries, host: string): string {
  return `bridge: { url: "http://me:\${BRIDGE_PASSWORD}@${host}", api_key: "\${BRIDGE_KEY}" }
egress: { allow_hosts: ["127.0.0.1"] }
secrets:
  IN_PARAMS: { env: IN_PARAMS }
  IN_BEARER: { file: keys/bearer }
  IN_BASIC: { exec: [cat, keys/basic] }
  IN_HEADER: { env: IN_HEADER }
  IN_QUERY: { env: IN_QUERY }
  IN_ADDRESS: { env: IN_ADDRESS }
  IN_BODY: { env: IN_BODY }
  IN_COMMAND: { env: IN_COMMAND }
mcpServers:
  near:
    command: node
    args: [${JSON.stringify(stdioParrot)}]
    env: { OF_SERVER: "\${OF_SERVER}", SERVER_TOKEN: ${written.value} }
  far:
    url: http://${host}/mcp
    headers: { x-first: "\${IN_HEADERS}", x-api-key: ${writtenHeader.value} }
`;
}

const head = `secrets: [IN_PARAMS, IN_BEARER, IN_BASIC, IN_HEADER, IN_QUERY, IN_ADDRESS, IN_BODY, IN_COMMAND]
inputs:
  pin: { type: string, sensitive: true }
  ordinary: { type: string, default: none }
`;

const saying = '  - { tool: bridge/echo, params: { said: $secrets.IN_PARAMS, pin: $pin }, continue_on_error: true }\n';

function flowOf(host: string): string {
  const tools = ['bridge/echo', 'bridge/refuse', 'near/echo', 'near/refuse', 'near/die', 'far/echo', 'far/refuse'];
  const calls = tools.map((tool) => {
    const id = tool.replace('/', '_');
    return `  - { id: ${id}, tool: ${tool}, params: { said: $secrets.IN_PARAMS }, continue_on_error: true }
  - { id: ${id}_pin, tool: ${tool}, params: { said: $pin, again: $secret_result.stdout }, continue_on_error: true }`;
  });
  return `name: flow
${head}steps:
  - { id: secret_result, run: cat keys/result, sensitive: true }
${calls.join('\n')}
${requests(host)}
  - id: prints
    run: env; env >&2
    env: { IN_COMMAND: $secrets.IN_COMMAND, PIN: $pin, R: $secret_result.stdout }
  - id: fails
    run: env; env >&2; exit 3
    env: { IN_COMMAND: $secrets.IN_COMMAND, PIN: $pin, R: $secret_result.stdout }
    continue_on_error: true
  - log: "$prints.stdout $pin $secret_result.stdout $ordinary"
  - set: { all: $prints, pin: $pin, result: $secret_result, key: $secrets.IN_PARAMS, http: $steps.bearer }
    id: collected
  - return: $collected
`;
}

function requests(host: string): string {
  const ways = {
    bearer: 'auth: { bearer: $secrets.IN_BEARER }',
    basic: 'auth: { basic: { username: me, password: $secrets.IN_BASIC } }',
    header: 'headers: { x-key: $secrets.IN_HEADER }',
    query: 'query: { key: $secrets.IN_QUERY }',
    posted: 'method: POST, json: { key: $secrets.IN_BODY, pin: $pin }',
    form: 'method: POST, form: { key: $secrets.IN_BODY }',
  };
  const steps = Object.entries(ways).flatMap(([id, way]) =>
    ['200', '500', '404'].map((status) => {
      const name = status === '200' ? id : `${id}_${status}`;
      return `  - { id: ${name}, http: { url: "http://${host}/${status}", ${way} }, continue_on_error: true }`;
    }),
  );
  const addresses = ['200', '500'].map(
    (status) => `  - { http: { url: "http://${host}/${status}/\${secrets.IN_ADDRESS}" }, continue_on_error: true }`,
  );
  return [...steps, ...addresses].join('\n');
}

/** Without sensitive values, so that its results are kept in the cache. */
function keptOf(host: string): string {
  return `name: kept
secrets: [IN_PARAMS, IN_BEARER]
inputs: { ordinary: string }
defaults: { cache: { ttl: 5m, scope: project } }
steps:
  - { tool: bridge/echo, params: { said: $ordinary }, effect: read }
  - { tool: near/echo, params: { said: $secrets.IN_PARAMS, key: $ordinary }, effect: read }
  - { tool: far/echo, params: { said: $secrets.IN_PARAMS, key: kept }, effect: read }
  - http: { url: "http://${host}/kept", auth: { bearer: $secrets.IN_BEARER } }
    cache: { ttl: 5m, scope: project }
`;
}

/** Ends with an error that repeats what it was given. */
function brokenOf(host: string): string {
  return `name: broken
${head}steps:
  - log: $ordinary
  - http: { url: "http://${host}/500", method: POST, text: "\${secrets.IN_HEADER} $pin", auth: { bearer: $secrets.IN_BEARER } }
on_failure:
  - log: $last_error.message
`;
}
