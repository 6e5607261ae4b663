import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startToyHttp, type ToyHttp } from '../adapters/mcp/toy-http.ts';
import { startAuthorizationServer, type AuthorizationServer } from '../support/authorization-server.ts';
import { makeProject, type CliProject, type CommandResult } from '../support/cli.ts';

let project: CliProject;
let logins: AuthorizationServer;
let toy: ToyHttp;

beforeEach(async () => {
  logins = await startAuthorizationServer();
  toy = await startToyHttp({ guard: { authorizationServer: logins.url, accepts: (token) => logins.accepts(token) } });
  project = await makeProject({
    'runner.yaml': `mcpServers:\n  toy: { url: "${toy.url}", auth: { oauth: browser } }\n  plain: { command: toy }\n`,
  });
});
afterEach(async () => {
  await project.remove();
  await toy.close();
  await logins.close();
});

async function logIn(...flags: string[]): Promise<CommandResult> {
  const command = project.start(['login', 'toy', ...flags]);
  const [address = ''] = /http:\S+authorize\S+/.exec(await command.sees('ssh -L')) ?? [];
  await fetch(address);
  return command.ended;
}

describe('runner login', () => {
  it('prints an address, and waits until the browser has come back', async () => {
    const before = await project.runner(['call', 'toy/word', 'word=hello']);
    const login = await logIn();
    const after = await project.runner(['call', 'toy/word', 'word=hello']);

    expect(before).toMatchObject({ code: 1, stdout: '' });
    expect(before.stderr).toContain('auth_required: The MCP server "toy" needs a login');
    expect(before.stderr).toContain('runner login toy');
    expect(login).toMatchObject({ code: 0, stdout: `Logged in at toy through ${logins.url}, for tools.\n` });
    expect(after).toMatchObject({ code: 0, stdout: '"hello"\n', stderr: '' });
  });

  it('gives a document with --json, without tokens', async () => {
    const { stdout } = await logIn('--json', '--no-browser');

    expect(JSON.parse(stdout)).toEqual({
      server: 'toy',
      authorization_server: logins.url,
      scope: 'tools',
      renewable: true,
      expires_at: expect.stringMatching(/^20/),
    });
    expect(stdout).not.toMatch(/access-|refresh-/);
  });

  it('leaves its tokens in one file, and nowhere else', async () => {
    const login = await logIn();
    const rest = [
      await project.runner(['call', 'toy/word', 'word=hello', '--json']),
      await project.runner(['tools', 'sync', '--json']),
      await project.runner(['history', '--json']),
      await project.runner(['doctor']),
    ];

    const home = join(project.root, '.runner');
    const holding = readdirSync(home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => /access-|refresh-/.test(readFileSync(file, 'latin1')));
    expect(holding).toEqual([join(home, 'auth', 'toy.json')]);
    for (const { stdout, stderr } of [login, ...rest]) expect(stdout + stderr).not.toMatch(/access-|refresh-/);
  });

  it.each([
    ['tyo', 'Did you mean "toy"?'],
    ['plain', 'auth: { oauth: browser }'],
  ])('refuses %s', async (name, words) => {
    const result = await project.runner(['login', name]);

    expect(result.code).toBe(2);
    expect(result.stderr).toContain(words);
  });

  it('is what doctor and tools sync ask for', async () => {
    const [doctor, sync] = await Promise.all([project.runner(['doctor']), project.runner(['tools', 'sync'])]);

    for (const { stdout, stderr } of [doctor, sync]) expect(stdout + stderr).toContain('runner login toy');
  });
});

describe('runner logout', () => {
  it('forgets the login', async () => {
    await logIn();

    const first = await project.runner(['logout', 'toy']);
    const second = await project.runner(['logout', 'toy', '--json']);
    const call = await project.runner(['call', 'toy/word', 'word=hello']);

    expect(first).toMatchObject({ code: 0, stdout: 'Logged out of toy.\n', stderr: '' });
    expect(JSON.parse(second.stdout)).toEqual({ server: 'toy', was_logged_in: false, revoked: false });
    expect(call.stderr).toContain('auth_required');
  });
});
