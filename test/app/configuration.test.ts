import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/app/configuration.ts';
import type { Configuration } from '../../src/app/configuration.ts';
import type { Variables } from '../../src/app/environment.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'runner-configuration-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function configure(file: string | undefined, variables: Variables = {}, sandbox = false): Promise<Configuration> {
  const configFile = join(root, 'runner.yaml');
  if (file !== undefined) await writeFile(configFile, file);
  const project = file === undefined ? { root } : { root, configFile };
  return loadConfiguration({ project, cwd: root, variables, sandbox });
}

const fileWithKey = 'bridge: { url: "https://file.example.com", api_key: "${BRIDGE_KEY}" }\n';

describe('the bridge in effect', () => {
  it('is none where nothing names one', async () => {
    expect((await configure(undefined)).bridge).toEqual({ kind: 'none' });
  });

  it('is the one of runner.yaml', async () => {
    const { bridge } = await configure(fileWithKey, { BRIDGE_KEY: 'file-key' });

    expect(bridge).toEqual({ kind: 'url', url: 'https://file.example.com', apiKey: 'file-key', from: 'runner.yaml' });
  });

  it('is that of MCP_BRIDGE_URL before that of runner.yaml, the sandbox included', async () => {
    const { bridge } = await configure('bridge: sandbox\n', { MCP_BRIDGE_URL: 'http://127.0.0.1:4780' });

    expect(bridge).toEqual({ kind: 'url', url: 'http://127.0.0.1:4780', from: 'MCP_BRIDGE_URL' });
  });

  it('never gets the key of another address', async () => {
    const variables = { BRIDGE_KEY: 'file-key', MCP_BRIDGE_URL: 'http://elsewhere.example.com' };

    expect((await configure(fileWithKey, variables)).bridge).not.toHaveProperty('apiKey');
  });

  it('is the sandbox with --sandbox, whatever else is set', async () => {
    const { bridge } = await configure(fileWithKey, { BRIDGE_KEY: 'k', MCP_BRIDGE_URL: 'http://127.0.0.1:1' }, true);

    expect(bridge).toEqual({ kind: 'sandbox', from: '--sandbox' });
  });
});

describe('the configuration', () => {
  it('keeps its storage in the project unless RUNNER_HOME says otherwise', async () => {
    expect((await configure(undefined)).home).toBe(join(root, '.runner'));
    expect((await configure(undefined, { RUNNER_HOME: 'elsewhere' })).home).toBe(join(root, 'elsewhere'));
  });

  it('has the built-in numbers where nothing is set', async () => {
    expect(await configure(undefined)).toMatchObject({
      cache: { enabled: true, ttlMs: 300_000 },
      retry: { max: 3 },
      workflowFolders: [join(root, 'workflows')],
    });
  });

  it('lets expressions read only the variables that runner.yaml names', async () => {
    const { env } = await configure('env: [REGION]\n', { REGION: 'eu', TOKEN: 'secret' });

    expect(env).toEqual({ REGION: 'eu' });
  });

  it('redacts the key, a password in the address, and every expanded value', async () => {
    const variables = {
      BRIDGE_KEY: 'file-key',
      MCP_API_KEY: 'env-key',
      MCP_BRIDGE_URL: 'http://u:pass-word@h.example',
    };
    const { redactor } = await configure(fileWithKey, variables);

    expect(redactor.text('file-key env-key pass-word')).toBe('[redacted] [redacted] [redacted]');
  });

  it('is refused when the login in the address of the bridge cannot be read, without showing it', async () => {
    const refused = configure(undefined, { MCP_BRIDGE_URL: 'http://me:%zz-secret@127.0.0.1:1' });

    await expect(refused).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.not.stringContaining('zz') });
  });

  it.each([
    ['MCP_CACHE_REDIS_URL', undefined, { MCP_CACHE_REDIS_URL: 'redis://:50%-secret@127.0.0.1:1' }],
    ['runner.yaml', 'cache: { redis: "redis://:50%-secret@127.0.0.1:1" }\n', {}],
  ])('is refused when the login of Redis in %s cannot be read, without showing it', async (from, file, variables) => {
    const refused = configure(file, variables);

    await expect(refused).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `The address of the cache in ${from} has a stray % before its @.`,
      hint: 'Write a percent sign there as %25.',
    });
  });

  it('is refused with every finding about runner.yaml', async () => {
    await expect(configure('bridg: sandbox\nenvv: []\n')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      diagnostics: [{ line: 1 }, { line: 2 }],
    });
  });
});
