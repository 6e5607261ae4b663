import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { loadProjectConfig } from '../../src/language/project-config.ts';
import { renderDiagnostic } from '../../src/model/render-diagnostic.ts';

const file = `bridge: { url: "https://staging.example.com", api_key: "\${STAGING_KEY}" }
env: [REGION]
cache: { ttl: 1m, namespace: shop }
mcpServers:
  files: { command: npx, args: [-y, files], timeout: 5s }
environments:
  production:
    bridge: { url: "https://bridge.example.com" }
    env: [ZONE]
    cache: { ttl: 10m }
    mcpServers:
      files: { url: "https://files.example.com", headers: { Authorization: "\${TOKEN}" } }
  sandbox: { bridge: sandbox }
`;

function load(text: string, environment?: string, env: Readonly<Record<string, string>> = {}) {
  return loadProjectConfig(new TextEncoder().encode(text), { file: 'runner.yaml', env, environment });
}

async function told(text: string, environment?: string): Promise<string> {
  return (await load(text, environment)).diagnostics.map(renderDiagnostic).join('\n');
}

describe('an environment of runner.yaml', () => {
  it('is merged over the file: mappings deeply, lists and values replaced', async () => {
    const { config } = await load(file, 'production', { TOKEN: 'sesame-1' });

    expect(config).toMatchObject({ env: ['ZONE'], cache: { ttlMs: 600_000, namespace: 'shop' } });
  });

  it('takes no key of the file to another address', async () => {
    const { config } = await load(file, 'production', { TOKEN: 'sesame-1' });

    expect(config?.bridge).toEqual({ url: 'https://bridge.example.com' });
    expect(config?.mcpServers).toMatchObject([
      {
        name: 'files',
        target: { kind: 'http', url: 'https://files.example.com', headers: { Authorization: 'sesame-1' } },
        silenceMs: 5_000,
      },
    ]);
  });

  it('replaces a value of another kind', async () => {
    expect((await load(file, 'sandbox')).config?.bridge).toBe('sandbox');
  });

  it('holds only where it is chosen', async () => {
    const { config } = await load(file, undefined, { STAGING_KEY: 'sesame-1' });

    expect(config).toMatchObject({ env: ['REGION'], bridge: { url: 'https://staging.example.com' } });
  });

  it('needs no variable of the others, nor of what it replaces', async () => {
    expect(await told(file, 'sandbox')).toBe('');
    expect(await told(file, 'production')).toBe(
      [
        'runner.yaml:12:77 VARIABLE_UNSET',
        '  12 |       files: { url: "https://files.example.com", headers: { Authorization: "${TOKEN}" } }',
        '     |                                                                             ^^^^^^^^',
        '  The environment variable `TOKEN` is not set. Set it, or give a default: `${TOKEN:-default}`.',
      ].join('\n'),
    );
  });

  it('is named with all others', async () => {
    expect((await load(file, 'sandbox')).environments).toEqual(['production', 'sandbox']);
  });

  it('is checked though another is chosen', async () => {
    const text = 'environments:\n  a: {}\n  b: { cache: { ttl: 5 }, bridg: sandbox }\n';

    expect(await told(text, 'a')).toBe(
      [
        'runner.yaml:3:22 DURATION_WITHOUT_UNIT',
        '  3 |   b: { cache: { ttl: 5 }, bridg: sandbox }',
        '    |                      ^',
        '  `cache.ttl` is 5, but a duration has a unit. Write `5s` for seconds.',
        'runner.yaml:3:27 KEY_UNKNOWN',
        '  3 |   b: { cache: { ttl: 5 }, bridg: sandbox }',
        '    |                           ^^^^^',
        '  The configuration has no key `bridg`. Did you mean `bridge`?',
      ].join('\n'),
    );
  });

  it('says nothing of workflows, nor of environments', async () => {
    const text = 'environments:\n  a: { workflows: flows, environments: {} }\n';

    expect((await load(text)).diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ['KEY_UNKNOWN', '`workflows` may not stand in `environments.a`.'],
      ['KEY_UNKNOWN', '`environments` may not stand in `environments.a`.'],
    ]);
  });

  it('has a name that a command line can carry', async () => {
    expect(await told('environments: { "my env": {} }\n')).toContain('NAME_INVALID');
  });

  it('tells a fault of what they share once', async () => {
    const { diagnostics } = await load('limits: { in_flight: 0 }\nenvironments: { a: {}, b: {} }\n', 'a');

    expect(diagnostics).toHaveLength(1);
  });
});

describe('schemas/runner.schema.json', () => {
  const check = new Ajv2020({ allErrors: true, strict: false }).compile(
    JSON.parse(readFileSync('schemas/runner.schema.json', 'utf8')) as object,
  );

  it.each([
    [{ environments: { production: { mode: 'read_only', cache: { ttl: '1m' } } } }, true],
    [{ environments: { production: { mood: 'read_only' } } }, false],
    [{ environments: { production: { workflows: 'flows' } } }, false],
    [{ environments: { 'my env': {} } }, false],
  ])('judges %j', (config, isRight) => {
    expect(check(config)).toBe(isRight);
  });
});
