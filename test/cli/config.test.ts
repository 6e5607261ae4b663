import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeProject } from '../support/cli.ts';
import type { CliProject } from '../support/cli.ts';

let project: CliProject;

beforeEach(async () => {
  project = await makeProject({
    'runner.yaml': [
      'bridge: { url: "https://bridge.example.com", api_key: literal-sesame }',
      'mode: read_only',
      'cache: { ttl: 1m }',
      'mcpServers:',
      '  files: { command: npx, args: [-y, files], env: { TOKEN: "${TOKEN}", OTHER: plain-sesame } }',
      'environments:',
      '  production:',
      '    cache: { ttl: 10m }',
      '',
    ].join('\n'),
  });
});

afterEach(() => project.remove());

async function settings(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const { stdout } = await project.runner(['config', '--json', ...args], { env: { TOKEN: 'told-sesame', ...env } });
  const report = JSON.parse(stdout) as { settings: { key: string; value: string; from: string }[] };
  return new Map(report.settings.map(({ key, value, from }) => [key, [value, from]]));
}

describe('runner config', () => {
  it('tells of every setting where it comes from', async () => {
    const found = await settings(['--env', 'production'], { MCP_MAX_RETRIES: '5' });

    expect(found.get('cache.ttl')).toEqual(['10m', 'environments.production in runner.yaml:8']);
    expect(found.get('mode')).toEqual(['read_only', 'runner.yaml:2']);
    expect(found.get('mcpServers.files.args')).toEqual(['[-y, files]', 'runner.yaml:5']);
    expect(found.get('retry.max')).toEqual(['5', 'MCP_MAX_RETRIES']);
    expect(found.get('limits.in_flight')).toEqual(['100', 'built-in']);
    expect(found.get('environment')).toEqual(['production', '--env']);
  });

  it('never shows a secret', async () => {
    const { stdout, stderr } = await project.runner(['config'], {
      env: { TOKEN: 'told-sesame', MCP_API_KEY: 'k-sesame' },
    });

    expect(stdout).toContain('${TOKEN}');
    expect(stdout + stderr).not.toContain('sesame');
  });

  it('knows that the key of the file is not sent to the address of a variable', async () => {
    const found = await settings([], { MCP_BRIDGE_URL: 'http://127.0.0.1:1' });

    expect(found.get('bridge.url')).toEqual(['http://127.0.0.1:1', 'MCP_BRIDGE_URL']);
    expect(found.has('bridge.api_key')).toBe(false);
  });

  it('knows that nothing takes the read-only mode back', async () => {
    expect((await settings([], { RUNNER_MODE: 'normal' })).get('mode')).toEqual(['read_only', 'runner.yaml:2']);
  });

  it('counts flags first', async () => {
    const found = await settings(['--sandbox', '--read-only']);

    expect(found.get('bridge')).toEqual(['sandbox', '--sandbox']);
    expect(found.get('mode')).toEqual(['read_only', '--read-only']);
    expect([...found.keys()].filter((key) => key.startsWith('mcpServers'))).toEqual([]);
  });

  it('is one aligned table, in groups', async () => {
    const { stdout } = await project.runner(['config', '--env', 'production'], { env: { TOKEN: 't' } });

    expect(stdout).toMatch(/^SETTING +VALUE +FROM\n/);
    expect(stdout).toMatch(/\n\ncache\.enabled +true +built-in\n/);
  });

  it('refuses a file with faults as every command does', async () => {
    await project.write('runner.yaml', 'mood: read_only\n');

    const { code, stderr } = await project.runner(['config']);

    expect(code).toBe(2);
    expect(stderr).toContain('KEY_UNKNOWN');
  });
});

describe('secrets and journal keys', () => {
  it('are shown by where they come from, and never by their values', async () => {
    const key = 'k3y'.repeat(12);
    const config = `secrets: { TOKEN: { env: MY_TOKEN } }\njournal_key: ["${key}", { env: OLD_KEY }]\n`;
    await project.write('runner.yaml', config);

    const { stdout } = await project.runner(['config'], { env: { MY_TOKEN: 'sesame-open', OLD_KEY: key } });

    expect(stdout).toMatch(/secrets\.TOKEN\.env +MY_TOKEN/);
    expect(stdout).toMatch(/journal_key\[0\] +\[redacted\]/);
    expect(stdout).not.toMatch(/k3y|sesame/);
  });
});
