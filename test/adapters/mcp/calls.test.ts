import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolServer } from '../../../src/engine/ports.ts';
import { faultOf, outputOf } from '../../contracts/connector.ts';
import * as mcp from './harness.ts';

describe('a call of an MCP tool', () => {
  let folder: string;
  let server: ToolServer;

  beforeEach(() => {
    folder = mcp.temporaryFolder();
    server = mcp.connectorFor(mcp.toyTarget(folder), folder);
  });
  afterEach(async () => {
    await server.close();
    mcp.removeFolder(folder);
  });

  it('carries its idempotency key and a trace of its own', async () => {
    const [first, second] = [outputOf(await mcp.perform(server, 'meta')), outputOf(await mcp.perform(server, 'meta'))];

    expect(first).toMatchObject({
      'runner/idempotency-key': 'key-1',
      traceparent: expect.stringMatching(/^00-[\da-f]{32}-[\da-f]{16}-01$/),
    });
    expect(first).not.toEqual(second);
  });

  it.each([
    ['refuse', 'tool_error', 'toy/refuse reported an error: no such customer'],
    ['internal', 'tool_error', 'toy/internal reported an error: the disk is full'],
    ['bad_params', 'invalid_params', 'toy/bad_params refused its parameters: "amount" must be a number'],
    ['missing', 'unknown_tool', 'toy/missing is unknown to its server: Tool missing not found'],
  ])('that the server refuses (%s) ends with %s', async (tool, kind, message) => {
    expect(faultOf(await mcp.perform(server, tool))).toMatchObject({
      kind,
      message,
      outcome: 'failed',
      transient: false,
    });
  });

  it('reports progress while it goes on', async () => {
    const reports: unknown[] = [];
    const context = { ...mcp.context, report: (progress: unknown) => void reports.push(progress) };

    await server.call(mcp.toolCall('steps'), context, mcp.never);

    expect(reports).toEqual([1, 2, 3].map((at) => ({ progress: at, total: 3, message: `part ${at}` })));
  });

  it('gives a picture as a reference, and keeps the bytes in the storage folder', async () => {
    const output = outputOf(await mcp.perform(server, 'picture'));

    const [picture] = Array.isArray(output) ? output : [];
    expect(picture).toMatchObject({ type: 'image', mime_type: 'image/png', size: 300_000 });
    const { file } = picture as { readonly file: string };
    expect(file.startsWith(folder)).toBe(true);
    expect(readFileSync(file).equals(Buffer.alloc(300_000, 7))).toBe(true);
  });

  it('waits for a place where the server takes few calls at once', async () => {
    const narrow = mcp.connectorFor(mcp.toyTarget(folder), folder, { concurrency: 1 });
    const [first, second] = [new AbortController(), new AbortController()];
    const hanging = narrow.call(mcp.toolCall('hang'), mcp.context, first.signal);
    await expect.poll(() => mcp.hangingCalls(folder)).toBe(1);

    const waiting = narrow.call(mcp.toolCall('word', { word: 'late' }), mcp.context, second.signal);
    second.abort();

    expect(faultOf(await waiting)).toMatchObject({ kind: 'cancelled', outcome: 'not_executed' });
    first.abort();
    await hanging;
    expect(outputOf(await mcp.perform(narrow, 'word', { word: 'next' }))).toBe('next');
    await narrow.close();
  });

  it('that shows no sign of life for too long is given up', async () => {
    const strict = mcp.connectorFor(mcp.toyTarget(folder), folder, { silenceMs: 100 });

    const fault = faultOf(await mcp.perform(strict, 'hang'));

    expect(fault).toMatchObject({ kind: 'timeout', outcome: 'unknown', transient: true });
    await expect.poll(() => mcp.hangingCalls(folder)).toBe(0);
    await strict.close();
  });

  it('starts its server with a small environment', async () => {
    process.env['SECRET_OF_THE_RUNNER'] = 'sesame';
    const target = { ...mcp.toyTarget(folder), env: { API_TOKEN: 'mine' } } as const;
    const configured = mcp.connectorFor(target, folder);

    const environment = outputOf(await mcp.perform(configured, 'environment'));
    delete process.env['SECRET_OF_THE_RUNNER'];
    await configured.close();

    expect(environment).toMatchObject({ API_TOKEN: 'mine', PATH: process.env['PATH'] });
    expect(environment).not.toHaveProperty('SECRET_OF_THE_RUNNER');
  });
});

describe('the tools of an MCP server', () => {
  let folder: string;

  beforeEach(() => {
    folder = mcp.temporaryFolder();
  });
  afterEach(() => mcp.removeFolder(folder));

  it('are listed from all pages, with what their server says of them', async () => {
    const server = mcp.connectorFor(mcp.toyTarget(folder), folder);

    const tools = await server.list(mcp.never);
    await server.close();

    expect(tools.length).toBeGreaterThan(15);
    expect(tools).toContainEqual(
      expect.objectContaining({
        server: 'toy',
        name: 'word',
        description: 'does word',
        parameters: { type: 'object' },
      }),
    );
  });

  it.each([
    ['endless', 'has no end'],
    ['circles', 'round in circles'],
  ])('end although the list does not: %s', async (mode, words) => {
    const server = mcp.connectorFor(mcp.toyTarget(folder, mode), folder);

    const listing = server.list(mcp.never);

    await expect(listing).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: expect.stringContaining(words),
    });
    await server.close();
  });

  it('hold the server to its own word, once they are known', async () => {
    const server = mcp.connectorFor(mcp.toyTarget(folder), folder);

    const before = await mcp.perform(server, 'liar');
    await server.list(mcp.never);
    const after = await mcp.perform(server, 'liar');
    await mcp.perform(server, 'rename');
    await expect.poll(async () => (await mcp.perform(server, 'liar')).ok).toBe(true);
    await server.close();

    expect(before.ok).toBe(true);
    expect(faultOf(after)).toMatchObject({ kind: 'invalid_reply', outcome: 'unknown' });
    expect(faultOf(after).message).toContain('count must be integer');
  });

  it('cannot hang the runner by a hostile schema', async () => {
    const server = mcp.connectorFor(mcp.toyTarget(folder), folder);
    await server.list(mcp.never);

    expect(outputOf(await mcp.perform(server, 'hostile_schema'))).toEqual({ text: 'a'.repeat(40) });
    await server.close();
  });
});

describe('the revision of the protocol', () => {
  let folder: string;

  beforeEach(() => {
    folder = mcp.temporaryFolder();
  });
  afterEach(() => mcp.removeFolder(folder));

  it.each(['auto', '2025-11-25', '2026-07-28'] as const)('may be %s', async (era) => {
    const args = [mcp.serverFile('both-eras.mjs')];
    const server = mcp.connectorFor({ kind: 'stdio', command: process.execPath, args, env: {} }, folder, { era });

    const output = outputOf(await mcp.perform(server, 'word', { word: 'hello' }));
    await server.close();

    expect(output).toBe('hello');
    expect(existsSync(join(folder, 'mcp', 'legacy'))).toBe(false);
  });

  it('is the newer one only for a server that speaks it', async () => {
    const server = mcp.connectorFor(mcp.toyTarget(folder), folder, { era: '2026-07-28' });

    expect(faultOf(await mcp.perform(server, 'word'))).toMatchObject({ kind: 'connection', outcome: 'not_executed' });
    await server.close();
  });

  it('is asked once of a server that ends when it is asked', async () => {
    const first = mcp.connectorFor(mcp.toyTarget(folder, 'dies-when-asked'), folder);
    expect(outputOf(await mcp.perform(first, 'word', { word: 'one' }))).toBe('one');
    await first.close();
    expect(mcp.startedPids(folder)).toHaveLength(2);

    const second = mcp.connectorFor(mcp.toyTarget(folder, 'dies-when-asked'), folder);
    expect(outputOf(await mcp.perform(second, 'word', { word: 'two' }))).toBe('two');
    await second.close();

    expect(mcp.startedPids(folder)).toHaveLength(3);
    expect(readdirSync(join(folder, 'mcp', 'legacy'))).toHaveLength(1);
  });
});
