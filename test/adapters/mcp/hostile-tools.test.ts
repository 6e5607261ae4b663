import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ToolServer } from '../../../src/engine/ports.ts';
import { faultOf, outputOf } from '../../contracts/connector.ts';
import { activeResources, expectResourcesBackTo } from '../../support/hostile-resources.ts';
import * as mcp from './harness.ts';
import { startToyHttp, type ToyHttp } from './toy-http.ts';

// oxlint-disable-next-line no-control-regex -- looking for control characters is what this is for
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

describe.each(['stdio', 'HTTP'] as const)('an MCP server over %s that', (transport) => {
  let folder: string;
  let before: readonly string[];
  let closers: (() => Promise<void> | void)[];

  async function open(mode = ''): Promise<ToolServer> {
    if (transport === 'stdio') return opened(mcp.connectorFor(mcp.toyTarget(folder, mode), folder));
    const toy: ToyHttp = await startToyHttp({ mode });
    closers.push(() => toy.close());
    return opened(mcp.connectorFor({ kind: 'http', url: toy.url, headers: {} }, folder));
  }

  function opened(server: ToolServer): ToolServer {
    closers.push(() => server.close());
    return server;
  }

  beforeEach(() => {
    before = activeResources();
    folder = mcp.temporaryFolder();
    closers = [];
  });
  afterEach(async () => {
    for (const close of closers.toReversed()) await close();
    mcp.removeFolder(folder);
    await expectResourcesBackTo(before);
  });

  it.each([
    ['lists tools without end', 'endless', 'has no end'],
    ['lists tools in a circle', 'circles', 'round in circles'],
    ['lists 100,000 tools', 'many', 'more than 20000 tools'],
    ['refuses to list its tools, with colours', 'refuses-list', 'all is well'],
  ])('%s is refused by name', async (_, mode, words) => {
    const error: unknown = await (await open(mode)).list(mcp.never).catch((reason: unknown) => reason);

    expect(error).toMatchObject({ code: 'SERVER_UNREACHABLE', message: expect.stringContaining(words) });
    expect(String(error)).not.toMatch(controls);
  });

  it('lists tools of bottomless schemas ends in time', async () => {
    const server = await open('deep-list');

    await server.list(AbortSignal.timeout(5_000)).catch(() => []);

    expect(outputOf(await mcp.perform(server, 'word', { word: 'still there' }))).toBe('still there');
  });

  it('names its tools like nothing that has a meaning is listed as it is, in silence', async () => {
    const spoken = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error'), vi.spyOn(console, 'log')];

    const tools = await (await open('painted')).list(mcp.never);

    expect(tools.map(({ name }) => name)).toContain('__proto__');
    expect(tools).toHaveLength(3);
    expect(({} as { readonly x?: unknown }).x).toBeUndefined();
    for (const spy of spoken) expect(spy).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  it.each(['wide_enum', 'circular', 'proto'])(
    'promises its results by a hostile schema (%s) ends in time',
    async (tool) => {
      const server = await open();
      await server.list(mcp.never);

      const result = await mcp.perform(server, tool);

      expect(result.ok || ['invalid_reply', 'tool_error'].includes(faultOf(result).kind)).toBe(true);
      expect(outputOf(await mcp.perform(server, 'word', { word: 'still there' }))).toBe('still there');
    },
  );

  it.each([
    ['answers with wrong ids', 'wrong_ids', 'mine'],
    ['floods with notifications', 'flood', 'dry'],
    ['floods with progress', 'progress_flood', 'arrived'],
  ])('%s is understood all the same', async (_, tool, word) => {
    const context = { ...mcp.context, report: () => undefined };

    expect(outputOf(await (await open()).call(mcp.toolCall(tool), context, mcp.never))).toBe(word);
  });

  it.each([
    ['answers what is no result', 'nonsense'],
    ['nests its answer without end', 'deep'],
  ])('%s ends the call, not the runner', async (_, tool) => {
    const server = await open();

    expect(faultOf(await mcp.perform(server, tool))).toMatchObject({ kind: 'invalid_reply', outcome: 'unknown' });
    expect(outputOf(await mcp.perform(server, 'word', { word: 'still there' }))).toBe('still there');
  });

  it('paints its errors is quoted without colours', async () => {
    const { kind, message } = faultOf(await mcp.perform(await open(), 'painted'));

    expect({ kind, message }).toEqual({
      kind: 'tool_error',
      message: 'toy/painted reported an error: [2J ]0;owned all is well',
    });
  });

  it('hangs is left at the end of the time', async () => {
    const server = await open();
    await mcp.perform(server, 'word', { word: 'up' });

    const fault = faultOf(await server.call(mcp.toolCall('hang'), mcp.context, AbortSignal.timeout(500)));

    expect(fault).toMatchObject({ kind: 'timeout', outcome: 'unknown', transient: true });
  });
});
