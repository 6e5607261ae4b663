import { describe, expect, it } from 'vitest';
import { loadProjectConfig } from '../../src/language/project-config.ts';
import { renderDiagnostic } from '../../src/model/render-diagnostic.ts';

describe('runner.yaml', () => {
  it('gives the settings that it names', async () => {
    const text =
      'workflows: [flows]\nbridge: { url: "https://bridge.example.com" }\nenv: [REGION]\n' +
      'egress: { allow_hosts: ["*.example.com"] }\nlimits: { in_flight: 7 }\n';

    expect((await load(text)).config).toEqual({
      workflows: ['flows'],
      bridge: { url: 'https://bridge.example.com' },
      env: ['REGION'],
      allowHosts: ['*.example.com'],
      inFlight: 7,
      expandedSecrets: [],
    });
  });

  it('says how long runs are kept', async () => {
    const text = 'retention: { keep_for: 30d, keep_last: 100, statuses: [failed, succeeded] }\n';

    expect((await load(text)).config?.retention).toEqual({
      keepForMs: 30 * 86_400_000,
      keepLast: 100,
      statuses: ['succeeded', 'failed'],
    });
  });

  it.each(['', '# nothing yet\n'])('may be empty', async (text) => {
    expect(await load(text)).toMatchObject({ diagnostics: [], config: { expandedSecrets: [] } });
  });

  it('takes values from the environment and keeps them secret', async () => {
    const { config } = await load('bridge: { url: "${URL:-http://127.0.0.1:1}", api_key: "${KEY}" }\n', {
      KEY: 'sesame-1',
    });

    expect(config).toEqual({
      bridge: { url: 'http://127.0.0.1:1', apiKey: 'sesame-1' },
      expandedSecrets: ['sesame-1'],
    });
  });

  it('never shows a value from the environment', async () => {
    expect(await told('bridge: { url: "${URL}" }\n', { URL: 'sesame-1' })).not.toContain('sesame-1');
  });

  it('needs every variable to be set', async () => {
    expect(await told('bridge: { url: "https://example.com", api_key: "${KEY}" }\n')).toBe(
      [
        'runner.yaml:1:49 VARIABLE_UNSET',
        '  1 | bridge: { url: "https://example.com", api_key: "${KEY}" }',
        '    |                                                 ^^^^^^',
        '  The environment variable `KEY` is not set. Set it, or give a default: `${KEY:-default}`.',
      ].join('\n'),
    );
  });

  it('takes MCP servers in the form of other clients, with defaults for the rest', async () => {
    const text =
      'mcpServers:\n  files: { command: npx, args: [-y, server], env: { TOKEN: "${TOKEN}" }, cwd: tools }\n' +
      '  far: { url: "https://mcp.example.com/mcp", headers: { Authorization: "Bearer ${TOKEN}" }, ' +
      'connect_timeout: 1m, timeout: 30s, idle_stop: 1h, concurrency: 2, trust: annotations, era: 2025-11-25 }\n';

    const { config } = await load(text, { TOKEN: 'sesame-1' });

    expect(config?.expandedSecrets).toEqual(['sesame-1']);
    expect(config?.mcpServers).toEqual([
      {
        name: 'files',
        target: { kind: 'stdio', command: 'npx', args: ['-y', 'server'], env: { TOKEN: 'sesame-1' }, cwd: 'tools' },
        connectTimeoutMs: 10_000,
        idleStopMs: 300_000,
        concurrency: 100,
        trustsAnnotations: false,
        era: 'auto',
      },
      {
        name: 'far',
        target: { kind: 'http', url: 'https://mcp.example.com/mcp', headers: { Authorization: 'Bearer sesame-1' } },
        connectTimeoutMs: 60_000,
        silenceMs: 30_000,
        idleStopMs: 3_600_000,
        concurrency: 2,
        trustsAnnotations: true,
        era: '2025-11-25',
      },
    ]);
  });

  it('takes who calls a server, by OAuth', async () => {
    const text =
      'mcpServers:\n  a: { url: "https://a.example.com/mcp", auth: { oauth: browser } }\n' +
      '  b:\n    url: https://b.example.com/mcp\n    auth:\n      oauth: client_credentials\n      client_id: runner\n' +
      '      client_secret: ${SECRET}\n      scope: tools:call\n      token_url: https://login.example.com/token\n';

    const { config } = await load(text, { SECRET: 'sesame-1' });

    expect(config?.mcpServers?.map(({ target }) => target)).toMatchObject([
      { auth: { oauth: 'browser' } },
      {
        auth: {
          oauth: 'client_credentials',
          clientId: 'runner',
          clientSecret: 'sesame-1',
          scope: 'tools:call',
          tokenUrl: 'https://login.example.com/token',
        },
      },
    ]);
  });

  it.each([
    ['no client', 'auth: { oauth: client_credentials }', 'KEY_MISSING', 'needs `client_id`'],
    ['a kind that is none', 'auth: { oauth: password }', 'VALUE_INVALID', '`client_credentials` or `browser`'],
    ['no kind', 'auth: { client_id: a }', 'KEY_MISSING', 'oauth'],
    ['a misspelt key', 'auth: { oauth: browser, clientid: a }', 'KEY_UNKNOWN', 'client_id'],
    ['a secret of nobody', 'auth: { oauth: browser, client_secret: a }', 'KEY_MISPLACED', 'beside `client_id`'],
    [
      'a token address for a person',
      'auth: { oauth: browser, token_url: "https://a" }',
      'KEY_MISPLACED',
      '`token_url`',
    ],
    ['a header, too', 'auth: { oauth: browser }, headers: { authorization: a }', 'KEY_MISPLACED', 'two things'],
  ])('refuses OAuth with %s', async (_, auth, code, words) => {
    const { config, diagnostics } = await load(
      `mcpServers: { far: { url: "https://far.example.com/mcp", ${auth} } }\n`,
    );

    expect(config).toBeUndefined();
    expect(diagnostics.map((each) => each.code)).toContain(code);
    expect(diagnostics.map((each) => `${each.message} ${each.hint ?? ''}`).join(' ')).toContain(words);
  });

  it.each([
    ['far: { url: "http://far.example.com/mcp", auth: { oauth: browser } }', ['VALUE_INVALID']],
    ['near: { url: "http://127.0.0.1:8080/mcp", auth: { oauth: browser } }', []],
    ['files: { command: npx, auth: { oauth: browser } }', ['KEY_MISPLACED']],
  ])('keeps tokens out of the clear, and away from processes: %s', async (server, codes) => {
    expect((await load(`mcpServers: { ${server} }\n`)).diagnostics.map(({ code }) => code)).toEqual(codes);
  });

  it.each([
    ['no way to reach it', 'files: { timeout: 5s }', 'KEY_MISSING', '`command` or `url`'],
    ['two ways', 'files: { command: npx, url: "https://example.com" }', 'KEY_MISPLACED', 'both `command` and `url`'],
    ['headers without an address', 'files: { command: npx, headers: { A: b } }', 'KEY_MISPLACED', '`headers`'],
    ['a name with a slash', '"a/b": { command: npx }', 'NAME_INVALID', 'a/b'],
    ['an unknown revision', 'files: { command: npx, era: 2024-01-01 }', 'VALUE_INVALID', '2025-11-25'],
  ])('refuses an MCP server with %s', async (_, server, code, words) => {
    const { config, diagnostics } = await load(`mcpServers: { ${server} }\n`);

    expect(config).toBeUndefined();
    expect(diagnostics.map((each) => each.code)).toContain(code);
    expect(diagnostics.map((each) => `${each.message} ${each.hint ?? ''}`).join(' ')).toContain(words);
  });

  it('says what tools do and how long they may take, by pattern', async () => {
    const { config } = await load(
      'tools:\n  supabase/sql_query: { effect: read }\n  "render/*": { timeout: 2m }\nmode: read_only\n',
    );

    expect(config).toMatchObject({
      mode: 'read_only',
      tools: [
        { pattern: 'supabase/sql_query', effect: 'read' },
        { pattern: 'render/*', attemptTimeoutMs: 120_000 },
      ],
    });
  });

  it.each([
    ['tools: { sql_query: { effect: read } }', 'NAME_INVALID'],
    ['tools: { a/b: { effect: reads } }', 'VALUE_INVALID'],
    ['tools: { a/b: { effct: read } }', 'KEY_UNKNOWN'],
    ['mode: read-only', 'VALUE_INVALID'],
  ])('refuses %s', async (text, code) => {
    expect((await load(`${text}\n`)).diagnostics).toMatchObject([{ severity: 'error', code }]);
  });

  it.each([
    ['bridge: { url: "http://[::" }', 'VALUE_INVALID'],
    ['bridge: { url: "${PORT_OPEN:-http://x:99999}" }', 'VALUE_INVALID'],
    ['cache: { redis: "redis://a:b:c" }', 'VALUE_INVALID'],
    ['mcpServers: { a: { url: "https://exa mple" } }', 'VALUE_INVALID'],
    ['mcpServers: { a: { url: "https://x:99999" } }', 'VALUE_INVALID'],
    ['mcpServers: { a: { type: stdio, url: "https://x" } }', 'VALUE_INVALID'],
    ['mcpServers: { a: { type: http, command: x } }', 'VALUE_INVALID'],
    ['mcpServers: { a: { url: "https://x", headers: { "b ad": x } } }', 'NAME_INVALID'],
    ['mcpServers: { a: { url: "https://x", headers: { A: "x\\ny" } } }', 'VALUE_INVALID'],
    ['mcpServers: { a: { command: x, connect_timeout: 0s } }', 'DURATION_OUT_OF_RANGE'],
    ['mcpServers: { a: { command: x, timeout: 99999d } }', 'DURATION_OUT_OF_RANGE'],
    ['tools: { a/b: { timeout: 0s } }', 'DURATION_OUT_OF_RANGE'],
    ['cache: { ttl: 99999999999d }', 'DURATION_OUT_OF_RANGE'],
    ['cache: { max_bytes: 12345678901234567890KB }', 'VALUE_INVALID'],
    ['egress: { allow_hosts: ["a.example.com:99999999"] }', 'VALUE_INVALID'],
    ['secrets: { A: { exec: [""] } }', 'VALUE_INVALID'],
    ['journal_key: [{ exec: [" "] }]', 'VALUE_INVALID'],
    ['bridge: { url: "https://x", api_key: "${NO PE}" }', 'VARIABLE_NAME'],
    ['policies: { "a/*": { retry: 1000000000000 } }', 'VALUE_INVALID'],
    ['policies: { "a/*": { retry: { delay: 5s, max_delay: 2s } } }', 'DURATION_OUT_OF_RANGE'],
    ['policies: { "a/*": { circuit_breaker: { key: $x } } }', 'VALUE_INVALID'],
    ['environments: { e: { bridge: { url: "http://[::" } } }', 'VALUE_INVALID'],
  ])('refuses %s, which could never work', async (text, code) => {
    expect((await load(`${text}\n`)).diagnostics).toMatchObject([{ severity: 'error', code }]);
  });

  it.each(['cache: { ttl: 0s }', 'mcpServers: { a: { command: x, idle_stop: 0s } }'])('takes %s', async (text) => {
    expect((await load(`${text}\n`)).diagnostics).toEqual([]);
  });

  it('leaves the address of an environment open whose variables are not known', async () => {
    expect((await load('environments: { e: { bridge: { url: "http://${HOST}" } } }\n')).diagnostics).toEqual([]);
  });

  it('says what may not stand in an environment', async () => {
    expect(await told('environments: { e: { workflows: x } }\n')).toContain(
      '`workflows` may not stand in `environments.e`.',
    );
  });

  it('has fallbacks for a version of a tool', async () => {
    const { config } = await load('fallbacks: { "stripe/refund@2": { value: 1 } }\n');

    expect(config?.policies).toEqual([{ pattern: 'stripe/refund@2', policies: { fallback: { value: 1 } } }]);
  });

  it.each([
    ['fallbacks: { a/b: [] }', 19],
    ['fallbacks: { a/b: x }', 19],
  ])('tells once, at its place, what is wrong with %s', async (text, column) => {
    expect((await load(`${text}\n`)).diagnostics).toMatchObject([{ severity: 'error', line: 1, column }]);
  });

  it('says which numbers a cost may have', async () => {
    expect(await told('tools: { a/b: { cost: -1 } }\n')).toContain('but must be a number from 0');
  });

  it('refuses unknown keys with the nearest known one', async () => {
    expect(await told('bridg: sandbox\n')).toContain('Did you mean `bridge`?');
  });

  it('says which keys this version cannot execute', async () => {
    const { config, diagnostics } = await load('bridge: sandbox\nserve: { port: 1 }\n');

    expect(config).toBeUndefined();
    expect(diagnostics).toMatchObject([{ severity: 'unsupported', code: 'NOT_YET_SUPPORTED', line: 2 }]);
  });
});

function load(text: string, env: Record<string, string> = {}) {
  return loadProjectConfig(new TextEncoder().encode(text), { file: 'runner.yaml', env });
}

async function told(text: string, env: Record<string, string> = {}): Promise<string> {
  return (await load(text, env)).diagnostics.map(renderDiagnostic).join('\n');
}
