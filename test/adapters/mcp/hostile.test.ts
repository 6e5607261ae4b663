import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolServer } from '../../../src/engine/ports.ts';
import { faultOf, outputOf } from '../../contracts/connector.ts';
import { activeResources, expectResourcesBackTo } from '../../support/hostile-resources.ts';
import * as mcp from './harness.ts';

describe('an MCP server over stdio that', () => {
  let folder: string;
  let before: readonly string[];
  const opened: ToolServer[] = [];

  function open(mode?: string, settings?: Parameters<typeof mcp.connectorFor>[2]): ToolServer {
    const server = mcp.connectorFor(mcp.toyTarget(folder, mode), folder, settings);
    opened.push(server);
    return server;
  }

  beforeEach(() => {
    before = activeResources();
    folder = mcp.temporaryFolder();
  });
  afterEach(async () => {
    for (const server of opened.splice(0)) await server.close();
    mcp.removeFolder(folder);
    await expectResourcesBackTo(before);
  });

  it('writes noise to its output is understood all the same', async () => {
    expect(outputOf(await mcp.perform(open(), 'noise'))).toBe('heard');
  });

  it('never ends a line is ended', async () => {
    const fault = faultOf(await mcp.perform(open(), 'endless_line'));

    expect(fault).toMatchObject({ kind: 'too_large', outcome: 'unknown' });
  });

  it('floods its error output is understood all the same', async () => {
    expect(outputOf(await mcp.perform(open(), 'shout'))).toBe('hoarse');
  });

  it('sends a message of over 10 MB is ended, and started anew with the next call', async () => {
    const server = open();

    const fault = faultOf(await mcp.perform(server, 'huge'));

    expect(fault).toMatchObject({ kind: 'too_large', outcome: 'unknown', transient: false });
    expect(outputOf(await mcp.perform(server, 'word', { word: 'again' }))).toBe('again');
    expect(mcp.startedPids(folder)).toHaveLength(2);
  });

  it('dies in the middle of a call leaves its last words, and is started anew with the next call', async () => {
    const server = open();
    const [dying, other] = await Promise.all([mcp.perform(server, 'hang_not', {}), mcp.perform(server, 'die')]);

    expect(faultOf(dying).kind).toBe('unknown_tool');
    expect(faultOf(other)).toMatchObject({ kind: 'connection', outcome: 'unknown', transient: true });
    expect(faultOf(other).message).toMatch(/exited with code 3.*out of luck/);
    expect(outputOf(await mcp.perform(server, 'word', { word: 'again' }))).toBe('again');
  });

  it('cannot be started was not called, and says why', async () => {
    const fault = faultOf(await mcp.perform(open('dies-at-start'), 'word'));

    expect(fault).toMatchObject({ kind: 'connection', outcome: 'not_executed', transient: true });
    expect(fault.message).toMatch(/exited with code 7.*no licence for this machine/);
    expect(fault.hint).toContain('runner.yaml');
  });

  it('never says a word was not called', async () => {
    const fault = faultOf(await mcp.perform(open('silent', { connectTimeoutMs: 300 }), 'word'));

    expect(fault).toMatchObject({ kind: 'connection', outcome: 'not_executed' });
    expect(fault.message).toContain('did not answer within 0.3 s');
  });

  it('harms no other', async () => {
    const [bad, good] = [open(), open()];
    const calls = Array.from({ length: 20 }, (_, index) => mcp.perform(good, 'word', { word: `w${index}` }));

    const [results] = await Promise.all([Promise.all(calls), mcp.perform(bad, 'flood'), mcp.perform(bad, 'die')]);

    expect(results.every(({ ok }) => ok)).toBe(true);
  });
});
