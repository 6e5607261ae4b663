import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ToolServer } from '../../../src/engine/ports.ts';
import { isJsonObject } from '../../../src/model/json.ts';
import type { McpTarget } from '../../../src/model/mcp-servers.ts';
import { faultOf, outputOf } from '../../contracts/connector.ts';
import * as mcp from './harness.ts';

function programOf(name: string): string {
  const manifest = createRequire(import.meta.url).resolve(`@modelcontextprotocol/${name}/package.json`);
  return join(dirname(manifest), 'dist', 'index.js');
}

function stdio(name: string, args: readonly string[] = [], env: Record<string, string> = {}): McpTarget {
  return { kind: 'stdio', command: process.execPath, args: [programOf(name), ...args], env };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => {
    server.once('listening', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

let everything: ChildProcess;
let url: string;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}/mcp`;
  const args = [programOf('server-everything'), 'streamableHttp'];
  everything = spawn(process.execPath, args, { env: { ...process.env, PORT: String(port) }, stdio: 'ignore' });
  await vi.waitFor(() => fetch(url), { timeout: 30_000 });
});
afterAll(() => {
  everything.kill('SIGKILL');
});

describe.each(['stdio', 'HTTP'] as const)('the reference server over %s', (transport) => {
  let folder: string;
  let server: ToolServer;

  beforeEach(() => {
    folder = mcp.temporaryFolder();
    const target = transport === 'stdio' ? stdio('server-everything') : { kind: 'http' as const, url, headers: {} };
    server = mcp.connectorFor(target, folder);
  });
  afterEach(async () => {
    await server.close();
    mcp.removeFolder(folder);
  });

  it('lists its tools and answers calls', async () => {
    const names = (await server.list(mcp.never)).map(({ name }) => name);

    expect(names).toEqual(expect.arrayContaining(['echo', 'get-sum', 'get-structured-content']));
    expect(outputOf(await mcp.perform(server, 'echo', { message: 'hi' }))).toBe('Echo: hi');
    expect(outputOf(await mcp.perform(server, 'get-structured-content', { location: 'Chicago' }))).toMatchObject({
      temperature: expect.any(Number),
    });
  });

  it('refuses what is wrong, by name', async () => {
    expect(faultOf(await mcp.perform(server, 'get-sum', { a: 'x' })).kind).toBe('invalid_params');
    expect(faultOf(await mcp.perform(server, 'no-such-tool')).kind).toBe('unknown_tool');
  });

  it('gives its picture as a reference', async () => {
    const output = outputOf(await mcp.perform(server, 'get-tiny-image'));

    expect(output).toContainEqual(expect.objectContaining({ type: 'image', mime_type: 'image/png', size: 4_033 }));
  });

  it('reports progress', async () => {
    const reports: unknown[] = [];
    const context = { ...mcp.context, report: (progress: unknown) => void reports.push(progress) };

    await server.call(mcp.toolCall('trigger-long-running-operation', { duration: 0.1, steps: 2 }), context, mcp.never);

    expect(reports).toEqual([1, 2].map((progress) => ({ progress, total: 2 })));
  });
});

describe('the servers for files and for memory', () => {
  let folder: string;

  beforeEach(() => {
    folder = mcp.temporaryFolder();
  });
  afterEach(() => mcp.removeFolder(folder));

  it('read a file of the folder they were given, and no other', async () => {
    const open = join(folder, 'open');
    mkdirSync(open);
    writeFileSync(join(open, 'note.txt'), 'remember the milk');
    const server = mcp.connectorFor(stdio('server-filesystem', [open]), folder);

    const read = await mcp.perform(server, 'read_text_file', { path: join(open, 'note.txt') });
    const refused = await mcp.perform(server, 'read_text_file', { path: '/etc/hostname' });
    await server.close();

    const output = outputOf(read);
    expect(isJsonObject(output) ? output['content'] : output).toBe('remember the milk');
    expect(faultOf(refused)).toMatchObject({ kind: 'tool_error', outcome: 'failed' });
  });

  it('keep what they are told over a restart', async () => {
    const env = { MEMORY_FILE_PATH: join(folder, 'memory.json') };
    const entities = [{ name: 'srv-1', entityType: 'service', observations: ['was restarted'] }];
    const first = mcp.connectorFor(stdio('server-memory', [], env), folder);
    outputOf(await mcp.perform(first, 'create_entities', { entities }));
    await first.close();

    const second = mcp.connectorFor(stdio('server-memory', [], env), folder);
    const graph = outputOf(await mcp.perform(second, 'read_graph'));
    await second.close();

    expect(graph).toMatchObject({ entities });
  });
});
