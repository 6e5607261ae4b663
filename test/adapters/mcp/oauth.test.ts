import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logIn, type LoginReport } from '../../../src/adapters/connectors/mcp/auth/log-in.ts';
import { logOut } from '../../../src/adapters/connectors/mcp/auth/log-out.ts';
import type { ToolServer } from '../../../src/engine/ports.ts';
import type { ServerAuth } from '../../../src/model/mcp-servers.ts';
import { faultOf, outputOf } from '../../contracts/connector.ts';
import {
  machine,
  startAuthorizationServer,
  type AuthorizationServer,
  type AuthorizationServerOptions,
} from '../../support/authorization-server.ts';
import * as mcp from './harness.ts';
import { startToyHttp, type ToyHttp } from './toy-http.ts';

const asMachine: ServerAuth = { oauth: 'client_credentials', clientId: machine.id, clientSecret: machine.secret };
const asPerson: ServerAuth = { oauth: 'browser' };

let folder: string;
let logins: AuthorizationServer;
let toy: ToyHttp;
const opened: ToolServer[] = [];

async function open(options: AuthorizationServerOptions = {}): Promise<void> {
  logins = await startAuthorizationServer(options);
  toy = await startToyHttp({ guard: { authorizationServer: logins.url, accepts: (token) => logins.accepts(token) } });
}

function target(auth: ServerAuth) {
  return { kind: 'http', url: toy.url, headers: {}, auth } as const;
}

function connect(auth: ServerAuth): ToolServer {
  const server = mcp.connectorFor(target(auth), folder);
  opened.push(server);
  return server;
}

/** Logs in as a person would who says yes at once. */
function logInAs(auth: ServerAuth = asPerson, visit = follow): Promise<LoginReport> {
  const server = mcp.serverAt(target(auth));
  const show = (address: URL): void => void visit(address);
  return logIn({ server, home: folder, allowHosts: [], port: 0, show, signal: mcp.never });
}

async function follow(address: URL): Promise<Response> {
  return fetch(address);
}

function loginFile(): string {
  return join(folder, 'auth', 'toy.json');
}

beforeEach(() => {
  folder = mcp.temporaryFolder();
});
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
  await toy.close();
  await logins.close();
  mcp.removeFolder(folder);
});

describe('a server that is called as a machine', () => {
  it('is given a token that Runner fetches by itself, once for all calls', async () => {
    await open();
    const server = connect(asMachine);

    const [one, two] = await Promise.all([mcp.perform(server, 'word', { word: 'a' }), mcp.perform(server, 'steps')]);

    expect([outputOf(one), outputOf(two)]).toEqual(['a', 'all parts']);
    expect(logins.requests).toEqual(['client_credentials']);
  });

  it('is given the same token by the next process', async () => {
    await open();
    outputOf(await mcp.perform(connect(asMachine), 'word', { word: 'a' }));

    outputOf(await mcp.perform(connect(asMachine), 'word', { word: 'b' }));

    expect(logins.requests).toEqual(['client_credentials']);
  });

  it('is given another token once it refuses the first, in the middle of a connection too', async () => {
    await open();
    const server = connect(asMachine);
    outputOf(await mcp.perform(server, 'word', { word: 'a' }));

    logins.expireTokens();

    expect(outputOf(await mcp.perform(server, 'word', { word: 'b' }))).toBe('b');
    expect(logins.requests).toEqual(['client_credentials', 'client_credentials']);
  });

  it('is not called where the credentials are wrong', async () => {
    await open();
    const server = connect({ ...asMachine, clientSecret: 'something else' });

    const fault = faultOf(await mcp.perform(server, 'word', { word: 'a' }));

    expect(fault).toMatchObject({ kind: 'auth_required', outcome: 'not_executed', transient: false });
    expect(fault.message).toBe('The MCP server "toy" needs a login: invalid_client');
    expect(fault.hint).toContain('"client_secret"');
  });

  it('does not choose who is sent the credentials where the project names the address for tokens', async () => {
    await open();
    await toy.close();
    toy = await startToyHttp({
      guard: {
        authorizationServer: 'http://169.254.169.254',
        accepts: (token) => logins.accepts(token),
      },
    });
    const server = connect({ ...asMachine, tokenUrl: `${logins.url}/token`, scope: 'tools' });

    expect(outputOf(await mcp.perform(server, 'word', { word: 'a' }))).toBe('a');
  });

  it('can be called later where the authorization server is in trouble', async () => {
    await open();
    logins.answerTokens((response) => void response.writeHead(503).end('try later'));
    const server = connect(asMachine);

    const fault = faultOf(await mcp.perform(server, 'word', { word: 'a' }));
    logins.answerTokens(undefined);

    expect(fault).toMatchObject({ kind: 'connection', outcome: 'not_executed', transient: true });
    expect(outputOf(await mcp.perform(server, 'word', { word: 'b' }))).toBe('b');
  });

  it.each([
    ['hangs', () => undefined],
    ['answers what is no token', (response: { end(text: string): void }) => response.end('<html>')],
    ['bombs', (response: { end(text: string): void }) => response.end('x'.repeat(2_000_000))],
  ])('can be closed while the authorization server %s', async (_, answer) => {
    await open();
    logins.answerTokens(answer);
    const server = connect(asMachine);
    const calling = mcp.perform(server, 'word', { word: 'a' });
    await expect.poll(() => toy.requests().length).toBeGreaterThan(0);

    await Promise.race([calling, new Promise((resolve) => setTimeout(resolve, 50))]);
    await Promise.all([server.close(), calling]);

    expect(faultOf(await calling)).toMatchObject({ outcome: 'not_executed' });
  });

  it('has its token taken out of all that it says', async () => {
    await open();
    const server = connect(asMachine);
    outputOf(await mcp.perform(server, 'word', { word: 'a' }));
    const [token = ''] = /access-[\w-]+/.exec(readFileSync(loginFile(), 'utf8')) ?? [];

    const output = outputOf(await mcp.perform(server, 'word', { word: `Bearer ${token}` }));

    expect(output).toBe('Bearer [redacted]');
  });

  it('may not send the credentials to the platform of the machine', async () => {
    await open();
    await toy.close();
    toy = await startToyHttp({ guard: { authorizationServer: 'http://169.254.169.254', accepts: () => false } });

    const fault = faultOf(await mcp.perform(connect(asMachine), 'word', { word: 'a' }));

    expect(fault).toMatchObject({ kind: 'egress_denied', outcome: 'not_executed', transient: false });
    expect(fault.hint).toContain('egress.allow_hosts');
  });
});

describe('a server that wants a person', () => {
  it('is not called before somebody has logged in, and nobody has to wait for that', async () => {
    await open();
    const server = connect(asPerson);

    for (let call = 0; call < 4; call += 1) {
      expect(faultOf(await mcp.perform(server, 'word', { word: 'a' }))).toEqual({
        kind: 'auth_required',
        message: 'The MCP server "toy" needs a login: nobody has logged in on this machine',
        outcome: 'not_executed',
        transient: false,
        hint: 'Log in with: runner login toy',
      });
    }
    await expect(server.list(mcp.never)).rejects.toMatchObject({ code: 'LOGIN_REQUIRED' });
    expect(toy.requests()).toHaveLength(0);
  });

  it('is called once somebody has, by a runner that was there before too', async () => {
    await open();
    const server = connect(asPerson);
    await mcp.perform(server, 'word', { word: 'too early' });

    const report = await logInAs();

    expect(report).toMatchObject({ authorizationServer: logins.url, scope: 'tools', renewable: true });
    expect(outputOf(await mcp.perform(server, 'word', { word: 'hello' }))).toBe('hello');
    expect(logins.requests).toEqual(['register', 'authorization_code']);
  });

  it('keeps its tokens where only their owner can read them', async () => {
    await open();

    await logInAs();

    expect(statSync(loginFile()).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'auth')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, 'auth'))).toEqual(['toy.json']);
  });

  it('has its token renewed before it ends, and when it is refused', async () => {
    await open({ lifetime: 0 });
    await logInAs();
    const server = connect(asPerson);

    expect(outputOf(await mcp.perform(server, 'word', { word: 'a' }))).toBe('a');
    logins.expireTokens();
    expect(outputOf(await mcp.perform(server, 'word', { word: 'b' }))).toBe('b');

    expect(logins.requests.filter((grant) => grant === 'refresh_token').length).toBeGreaterThan(1);
  });

  it('keeps the login however many renew at once: a refresh token serves once', async () => {
    await open();
    await logInAs();
    logins.expireTokens();
    const servers = Array.from({ length: 8 }, () => connect(asPerson));

    const results = await Promise.all(servers.map((server) => mcp.perform(server, 'word', { word: 'a' })));

    expect(results.map((result) => outputOf(result))).toEqual(Array(8).fill('a'));
    expect(logins.requests.filter((grant) => grant === 'refresh_token')).toHaveLength(1);
  });

  it('wants a new login once its authorization server has ended the session', async () => {
    await open();
    await logInAs();
    logins.expireTokens();
    logins.endSessions();

    const fault = faultOf(await mcp.perform(connect(asPerson), 'word', { word: 'a' }));

    expect(fault).toMatchObject({ kind: 'auth_required', hint: 'Log in with: runner login toy' });
    expect(fault.message).toBe('The MCP server "toy" needs a login: invalid_grant: the session [2J has ended');
    expect(existsSync(loginFile())).toBe(false);
  });

  it('wants a new login where the old one cannot be renewed', async () => {
    await open({ refreshes: false });
    await logInAs();
    logins.expireTokens();

    expect(faultOf(await mcp.perform(connect(asPerson), 'word', { word: 'a' }))).toMatchObject({
      kind: 'auth_required',
      message: 'The MCP server "toy" needs a login: the last login has expired',
    });
  });

  it('wants a new login where it refuses the token all the same', async () => {
    await open();
    await logInAs();
    await toy.close();
    toy = await startToyHttp({ guard: { authorizationServer: logins.url, accepts: () => false } });
    const server = mcp.serverAt(target(asPerson));
    await logIn({ server, home: folder, allowHosts: [], port: 0, show: (at) => void follow(at), signal: mcp.never });

    expect(faultOf(await mcp.perform(connect(asPerson), 'word', { word: 'a' }))).toMatchObject({
      kind: 'auth_required',
      message: 'The MCP server "toy" needs a login: the server refuses the token that it was given',
    });
  });

  it('is not given tokens that were given for another address', async () => {
    await open();
    await logInAs();
    const moved = mcp.connectorFor({ ...target(asPerson), url: toy.url.replace('/mcp', '/other') }, folder);
    opened.push(moved);

    expect(faultOf(await mcp.perform(moved, 'word', { word: 'a' })).kind).toBe('auth_required');
  });

  it('is not harmed by a file that was cut short, nor by the lock of a process that has died', async () => {
    await open();
    mkdirSync(join(folder, 'auth'), { recursive: true });
    writeFileSync(loginFile(), '{"tokens":');
    writeFileSync(`${loginFile()}.lock`, JSON.stringify({ id: 'x', pid: 2 ** 30, start: '1', at: Date.now() }));
    chmodSync(loginFile(), 0o644);

    await logInAs();

    expect(outputOf(await mcp.perform(connect(asPerson), 'word', { word: 'a' }))).toBe('a');
    expect(statSync(loginFile()).mode & 0o777).toBe(0o600);
  });
});

describe('a login', () => {
  it('is not taken from a page that knows the port alone', async () => {
    await open();
    let status = 0;

    await logInAs(asPerson, async (address) => {
      const forged = new URL(address.searchParams.get('redirect_uri') ?? '');
      forged.search = '?code=forged&state=guessed';
      ({ status } = await fetch(forged));
      return follow(address);
    });

    expect(status).toBe(400);
  });

  it('that is refused says why', async () => {
    await open({ refuses: 'access_denied' });

    await expect(logInAs()).rejects.toMatchObject({
      code: 'LOGIN_FAILED',
      message: 'Nobody was logged in at "toy": access_denied.',
    });
    expect(existsSync(loginFile())).toBe(false);
  });

  it('needs a client id where the authorization server registers nobody', async () => {
    await open({ registers: false });

    await expect(logInAs()).rejects.toMatchObject({
      code: 'LOGIN_FAILED',
      message: expect.stringContaining('"client_id"'),
    });
    await logInAs({ oauth: 'browser', clientId: machine.id, clientSecret: machine.secret });

    expect(readFileSync(loginFile(), 'utf8')).not.toContain(machine.secret);
    logins.expireTokens();
    expect(
      outputOf(
        await mcp.perform(connect({ oauth: 'browser', clientId: machine.id, clientSecret: machine.secret }), 'word', {
          word: 'a',
        }),
      ),
    ).toBe('a');
  });

  it.each([
    ['another issuer', { issuer: 'https://elsewhere.example.com' }],
    ['a page that is none', { authorization_endpoint: 'file:///etc/passwd' }],
    ['no proof of the code', { code_challenge_methods_supported: ['plain'] }],
    ['a token address in the clear', { token_endpoint: 'http://login.example.com/token' }],
  ])('is not begun or ended with an authorization server that names %s', async (_, metadata) => {
    await open({ metadata });

    await expect(logInAs()).rejects.toMatchObject({ code: 'LOGIN_FAILED' });
    expect(logins.requests).not.toContain('authorization_code');
  });

  it('ends when nobody comes back, and leaves nothing open', async () => {
    await open();
    const controller = new AbortController();
    let address = '';
    const server = mcp.serverAt(target(asPerson));
    const show = (at: URL): void => {
      address = at.searchParams.get('redirect_uri') ?? '';
      controller.abort();
    };

    const login = logIn({ server, home: folder, allowHosts: [], port: 0, show, signal: controller.signal });

    await expect(login).rejects.toMatchObject({ name: 'AbortError' });
    await expect(fetch(address)).rejects.toThrow('fetch failed');
  });

  it('is forgotten, and revoked, by a logout', async () => {
    await open();
    await logInAs();
    const surroundings = { home: folder, allowHosts: [], signal: mcp.never };

    const first = await logOut(mcp.serverAt(target(asPerson)), surroundings);
    const second = await logOut(mcp.serverAt(target(asPerson)), surroundings);

    expect(first).toEqual({ wasLoggedIn: true, revoked: true });
    expect(second).toEqual({ wasLoggedIn: false, revoked: false });
    expect(logins.requests.at(-1)).toBe('revoke');
    expect(existsSync(loginFile())).toBe(false);
  });
});
