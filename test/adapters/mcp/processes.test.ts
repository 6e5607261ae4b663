import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { outputOf } from '../../contracts/connector.ts';
import * as mcp from './harness.ts';

const runnerProcess = fileURLToPath(new URL('servers/calls-and-waits.ts', import.meta.url));

describe('the process of an MCP server', () => {
  let folder: string;

  beforeEach(() => {
    folder = mcp.temporaryFolder();
  });
  afterEach(() => mcp.removeFolder(folder));

  async function expectNoneLeft(count: number): Promise<void> {
    expect(mcp.startedPids(folder)).toHaveLength(count);
    await expect.poll(() => mcp.startedPids(folder).filter(mcp.isAlive)).toEqual([]);
  }

  /** Another runner with a server, as `runner run` has one. */
  async function startRunner(mode: string): Promise<ReturnType<typeof spawn>> {
    const child = spawn(process.execPath, ['--import', 'tsx', runnerProcess, folder, mode], { stdio: 'pipe' });
    await new Promise((resolve) => {
      child.stdout.once('data', resolve);
    });
    return child;
  }

  it.each(['', 'has-children', 'stubborn'])('ends with all its children when it is closed %s', async (mode) => {
    const server = mcp.connectorFor(mcp.toyTarget(folder, mode), folder);
    outputOf(await mcp.perform(server, 'word', { word: 'up' }));

    await server.close();

    await expectNoneLeft(mode === 'has-children' ? 2 : 1);
    expect(readdirSync(join(folder, 'mcp', 'children'))).toEqual([]);
  });

  it('is not started before the first call, and once for all calls', async () => {
    const server = mcp.connectorFor(mcp.toyTarget(folder), folder);
    expect(mcp.startedPids(folder)).toEqual([]);

    await Promise.all(Array.from({ length: 20 }, () => mcp.perform(server, 'word', { word: 'x' })));
    await server.close();

    expect(mcp.startedPids(folder)).toHaveLength(1);
  });

  it('is stopped when nobody has called it for a while, and started again when somebody does', async () => {
    const server = mcp.connectorFor(mcp.toyTarget(folder), folder, { idleStopMs: 50 });
    await mcp.perform(server, 'word', { word: 'x' });
    await expectNoneLeft(1);

    expect(outputOf(await mcp.perform(server, 'word', { word: 'again' }))).toBe('again');
    await expectNoneLeft(2);
    await server.close();
  });

  it('is started again only once the one that was stopped has ended, and is stopped in its turn', async () => {
    const server = mcp.connectorFor(mcp.toyTarget(folder, 'stubborn'), folder, { idleStopMs: 50 });
    await mcp.perform(server, 'word', { word: 'x' });
    await expect.poll(() => existsSync(join(folder, 'farewell'))).toBe(true);

    outputOf(await mcp.perform(server, 'word', { word: 'again' }));

    const [first = 0] = mcp.startedPids(folder);
    expect(mcp.isAlive(first)).toBe(false);
    await expectNoneLeft(2);
    await server.close();
  });

  it('has ended when its runner is done, though it was being stopped already', async () => {
    const server = mcp.connectorFor(mcp.toyTarget(folder, 'stubborn'), folder, { idleStopMs: 50 });
    await mcp.perform(server, 'word', { word: 'x' });
    await expect.poll(() => existsSync(join(folder, 'farewell'))).toBe(true);

    await server.close();

    expect(mcp.startedPids(folder).filter(mcp.isAlive)).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('ends when its runner is ended by %s', async (signal) => {
    const runner = await startRunner('stubborn');

    const ended = new Promise((resolve) => {
      runner.once('exit', (_, by) => resolve(by));
    });
    runner.kill(signal);

    expect(await ended).toBe(signal);
    await expectNoneLeft(1);
  });

  it('ends by itself when its runner is killed', async () => {
    const runner = await startRunner('');

    runner.kill('SIGKILL');

    await expectNoneLeft(1);
  });

  it('is ended by the next runner when it outlives one that was killed, children and all', async () => {
    const runner = await startRunner('has-children');
    const [leader = 0, child = 0] = mcp.startedPids(folder);
    runner.kill('SIGKILL');
    await expect.poll(() => mcp.isAlive(leader)).toBe(false);
    expect(mcp.isAlive(child)).toBe(true);

    const next = mcp.connectorFor(mcp.toyTarget(folder), folder);
    await mcp.perform(next, 'word', { word: 'x' });

    await expect.poll(() => mcp.isAlive(child)).toBe(false);
    await next.close();
  });

  it('of a living runner is left alone by others', async () => {
    const runner = await startRunner('');
    const [pid = 0] = mcp.startedPids(folder);

    const other = mcp.connectorFor(mcp.toyTarget(folder), folder);
    await mcp.perform(other, 'word', { word: 'x' });
    await other.close();

    expect(mcp.isAlive(pid)).toBe(true);
    runner.kill('SIGTERM');
    await expectNoneLeft(2);
  });

  it('is never taken for another that has its number', async () => {
    const bystander = spawn('sleep', ['600'], { detached: true });
    const note = { pid: bystander.pid, start: '1', mark: 'none', owner: { pid: 999_999_999, start: '1' } };
    mkdirSync(join(folder, 'mcp', 'children'), { recursive: true });
    writeFileSync(join(folder, 'mcp', 'children', 'note.json'), JSON.stringify(note));

    const server = mcp.connectorFor(mcp.toyTarget(folder), folder);
    await mcp.perform(server, 'word', { word: 'x' });
    await server.close();

    expect(mcp.isAlive(bystander.pid ?? 0)).toBe(true);
    expect(readdirSync(join(folder, 'mcp', 'children'))).toEqual([]);
    bystander.kill();
  });
});
