import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importServers } from '../../src/app/import-servers.ts';
import { loadProjectConfig } from '../../src/language/project-config.ts';

describe('importing the MCP servers of another client', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'runner-import-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function take(foreign: string, options: { readonly yaml?: string; readonly force?: boolean } = {}) {
    writeFileSync(join(folder, 'theirs.json'), foreign);
    if (options.yaml !== undefined) writeFileSync(join(folder, 'runner.yaml'), options.yaml);
    return importServers({ cwd: folder, file: 'theirs.json', force: options.force === true });
  }

  function written(): string {
    return readFileSync(join(folder, 'runner.yaml'), 'utf8');
  }

  const files = '{"mcpServers":{"files":{"command":"npx","args":["-y","server"]}}}';

  it('writes a configuration where there is none', async () => {
    const report = await take(files);

    expect(report).toEqual({ file: 'runner.yaml', servers: ['files'], notes: [] });
    expect(written()).toBe('mcpServers:\n  files:\n    command: "npx"\n    args: ["-y", "server"]\n');
  });

  it.each([
    ['a pipe', (path: string) => void execFileSync('mkfifo', [path]), 'it.json is not a regular file.'],
    ['a folder', (path: string) => mkdirSync(path), 'it.json is a folder.'],
    ['a gigabyte', hugeFile, 'it.json has 1073741824 bytes; the limit is 16777216.'],
    ['it is not there', () => undefined, 'it.json does not exist.'],
  ])('refuses, without waiting, where the file is %s', async (_, make, message) => {
    make(join(folder, 'it.json'));

    await expect(importServers({ cwd: folder, file: 'it.json', force: false })).rejects.toMatchObject({
      code: 'USAGE',
      message,
    });
    expect(existsSync(join(folder, 'runner.yaml'))).toBe(false);
  });

  it('keeps what is written, comments included', async () => {
    const yaml =
      '# ours\nbridge: sandbox # for now\nmcpServers:\n  # the old one\n  old: { command: a } # stays\nenv: [A]\n';

    await take(files, { yaml });

    expect(written()).toBe(
      yaml.replace('# stays\n', '# stays\n  files:\n    command: "npx"\n    args: ["-y", "server"]\n'),
    );
  });

  it('refuses names that are taken, and changes nothing', async () => {
    const yaml = 'mcpServers:\n  files: { command: ours }\n';

    await expect(take(files, { yaml })).rejects.toMatchObject({ code: 'USAGE', hint: 'Add --force to replace them.' });

    expect(written()).toBe(yaml);
  });

  it('replaces names that are taken when it is forced to', async () => {
    await take(files, { yaml: 'mcpServers:\n  files:\n    command: ours\n  other: { command: b }\n', force: true });

    expect(written()).not.toContain('ours');
    expect(written()).toContain('other: { command: b }\n');
  });

  it('takes no secret over, but says which variable to set', async () => {
    const foreign = JSON.stringify({
      mcpServers: {
        local: { command: 'a', env: { API_KEY: 'sesame-1', REGION: 'eu' } },
        far: { url: 'https://mcp.example.com/mcp', headers: { Authorization: 'Bearer sesame-2' } },
      },
    });

    const { notes } = await take(foreign);

    expect(written()).not.toContain('sesame');
    expect(written()).toContain('API_KEY: "${API_KEY}"');
    expect(written()).toContain('Authorization: "Bearer ${FAR_AUTHORIZATION}"');
    expect(written()).toContain('REGION: "eu"');
    expect(notes.join(' ')).toMatch(/API_KEY.*FAR_AUTHORIZATION/);
  });

  it('understands the files of VS Code, with comments and placeholders', async () => {
    const foreign = `{
      // asked for at the start
      "inputs": [{ "id": "token", "type": "promptString" }],
      "servers": {
        "my server": { "type": "stdio", "command": "a", "args": ["\${workspaceFolder}", "\${env:HOME}", "\${input:token}"], },
        "old": { "type": "sse", "url": "https://example.com/sse" },
      },
    }`;

    const { servers, notes } = await take(foreign);

    expect(servers).toEqual(['my-server']);
    expect(written()).toContain('args: [".", "${HOME}", "${TOKEN}"]');
    expect(notes.join(' ')).toMatch(/my-server.*TOKEN.*old is left out/);
  });

  it('says what VS Code asks for in its own words', async () => {
    const inputs = [{ id: 'gh-token', type: 'promptString', description: 'GitHub token', password: true }];
    const headers = { Authorization: 'Bearer ${input:gh-token}' };

    const { notes } = await take(
      JSON.stringify({ inputs, servers: { gh: { url: 'https://example.com/mcp', headers } } }),
    );

    expect(written()).toContain('Authorization: "Bearer ${GH_TOKEN}"');
    expect(notes).toEqual(['gh: set the environment variable GH_TOKEN, which the other client asks for: GitHub token']);
  });

  it.each([
    ['Cursor', { auth: { CLIENT_ID: 'id-1', CLIENT_SECRET: 'sesame', scopes: ['read', 'write'] } }],
    ['Gemini CLI', { oauth: { enabled: true, clientId: 'id-1', clientSecret: 'sesame', scopes: ['read', 'write'] } }],
  ])('takes the OAuth client of %s over, but not its secret', async (_, auth) => {
    const far = { url: 'https://example.com/mcp', ...auth };

    const { notes } = await take(JSON.stringify({ mcpServers: { far } }));
    const env = { FAR_CLIENT_SECRET: 'from-elsewhere' };
    const { config } = await loadProjectConfig(Buffer.from(written()), { file: 'runner.yaml', env });

    expect(written()).not.toContain('sesame');
    expect(notes.join('\n')).toMatch(/FAR_CLIENT_SECRET[^]*runner login far/);
    expect(config?.mcpServers?.[0]?.target).toMatchObject({
      auth: { oauth: 'browser', clientId: 'id-1', clientSecret: 'from-elsewhere', scope: 'read write' },
    });
  });

  it('takes the OAuth client of Claude Code over, which has no secret', async () => {
    const far = { type: 'http', url: 'https://example.com/mcp', oauth: { clientId: 'id-1', callbackPort: 8080 } };

    await take(JSON.stringify({ mcpServers: { far } }));

    expect(written()).toContain('auth:\n      oauth: "browser"\n      client_id: "id-1"\n');
  });

  it('says how to log in where other clients find out by themselves', async () => {
    const { notes } = await take('{"mcpServers":{"far":{"httpUrl":"https://example.com/mcp"}}}');

    expect(notes.join()).toContain('runner login far');
  });

  it('gives what the project can read', async () => {
    await take('{"mcpServers":{"true":{"command":"a: #b","env":{"A":"\\"x\\""}}}}');

    const { config } = await loadProjectConfig(Buffer.from(written()), { file: 'runner.yaml', env: {} });

    expect(config?.mcpServers).toMatchObject([{ name: 'true', target: { command: 'a: #b', env: { A: '"x"' } } }]);
  });

  it.each([
    ['nothing', '{}', 'USAGE', undefined],
    ['no JSON', 'mcpServers:', 'USAGE', undefined],
    ['braces here', files, 'CONFIG_INVALID', 'mcpServers: { old: { command: a } }\n'],
    ['a file here that is no YAML', files, 'CONFIG_INVALID', 'a: [\n'],
  ])('refuses %s', async (_, foreign, code, yaml) => {
    await expect(take(foreign, yaml === undefined ? {} : { yaml })).rejects.toMatchObject({ code });

    expect(existsSync(join(folder, 'runner.yaml')) ? written() : undefined).toBe(yaml);
  });
});

function hugeFile(path: string): void {
  writeFileSync(path, '');
  truncateSync(path, 2 ** 30);
}
