import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeProject } from '../support/cli.ts';
import type { CliProject, CommandResult, RunningCommand } from '../support/cli.ts';

/** A bridge that counts calls, and how many were under way at once. */
interface CountingBridge {
  readonly url: string;
  calls: number;
  writes: number;
  mostAtOnce: number;
  latencyMs: number;
  /** Answers with 503 while it is. */
  isDown: boolean;
  close(): void;
}

let bridge: CountingBridge;
let project: CliProject;

beforeEach(async () => {
  bridge = await startCountingBridge();
  project = await makeProject({
    'runner.yaml': `bridge: { url: "${bridge.url}" }\n`,
    'workflows/limited.yaml': `steps:\n  - tool: render/get_service\n${step(1)}${step(2)}${step(3)}`,
    'workflows/hourly.yaml': `steps:\n${hourly(1)}${hourly(2)}${hourly(3)}`,
    'workflows/rare.yaml': 'steps:\n  - { tool: render/create_deploy, rate_limit: { max: 1, per: 1h } }\n',
    'workflows/one_at_once.yaml':
      'steps:\n  - { id: a, tool: render/create_deploy, concurrency: 1 }\n  - { id: b, tool: render/create_deploy, concurrency: 1 }\n',
    'workflows/hold.yaml': 'steps:\n  - { id: a, tool: render/create_deploy, concurrency: 1, attempt_timeout: 10m }\n',
    'workflows/guarded.yaml':
      'steps:\n  - { id: a, tool: render/get_service, retry: none, cache: none, circuit_breaker: { failures: 1, open_for: 1h } }\n',
  });
});

afterEach(async () => {
  bridge.close();
  await project.remove();
});

function step(n: number): string {
  return `  - { id: s_${n}, tool: render/create_deploy, params: { id: "${n}" }, rate_limit: { max: 3, per: 1s } }\n`;
}

function hourly(n: number): string {
  return `  - { id: s_${n}, tool: render/create_deploy, rate_limit: { max: 4, per: 1h }, timeout: 1m, continue_on_error: true }\n`;
}

function runAll(workflow: string, count: number): Promise<readonly CommandResult[]> {
  return Promise.all(Array.from({ length: count }, () => project.runner(['run', workflow])));
}

describe('a rate limit over several processes', () => {
  it('lets everyone through in the end', async () => {
    const results = await runAll('limited', 3);

    expect(results.map(({ code, stderr }) => (code === 0 ? '' : stderr))).toEqual(['', '', '']);
    expect(bridge.writes).toBe(9);
  });

  // In a window of an hour no machine is too slow to be judged.
  it('lets no more calls through than the limit', async () => {
    const results = await runAll('hourly', 3);

    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(bridge.writes).toBe(4);
  });

  it('says what it waits for', async () => {
    await project.runner(['run', 'rare']);
    const second = project.start(['run', 'rare']);

    expect(await second.sees('waits for rate limit')).toMatch(/waits for rate limit render\/create_deploy \(\d/);
  });
});

describe('a concurrency limit over several processes', () => {
  it('is never exceeded, and everyone gets through', async () => {
    bridge.latencyMs = 60;

    const results = await runAll('one_at_once', 3);

    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(bridge.calls).toBe(6);
    expect(bridge.mostAtOnce).toBe(1);
  });

  it('gives the slot of a killed process to the next', async () => {
    bridge.latencyMs = 600_000;
    const holder = project.start(['run', 'hold']);
    await isCalled();
    const waiter = project.start(['run', 'hold']);
    await waiter.sees('waits for a free slot of render/create_deploy (1 at once)');
    bridge.latencyMs = 0;

    await kill(holder);

    expect((await waiter.ended).code).toBe(0);
  });

  it('leaves nothing in doubt where a process is killed that waits', async () => {
    bridge.latencyMs = 600_000;
    const holder = project.start(['run', 'hold']);
    await isCalled();
    const waiter = project.start(['run', 'hold']);
    const output = await waiter.sees('waits for a free slot');
    const id = /run (\d{8}-\d{6}-\w{8})/.exec(output)?.[1] ?? '';
    await kill(waiter);
    bridge.latencyMs = 0;
    await kill(holder);

    expect((await project.runner(['resume', id])).code).toBe(0);
  });
});

describe('a circuit breaker', () => {
  it('that one process opened refuses the calls of others, and is shown, closed and opened by hand', async () => {
    bridge.isDown = true;
    expect((await project.runner(['run', 'guarded'])).code).toBe(1);
    bridge.isDown = false;

    const refused = await project.runner(['run', 'guarded']);
    const shown = await project.runner(['breakers', '--json']);
    const closed = await project.runner(['breakers', 'close', 'render/get_service']);
    const again = await project.runner(['run', 'guarded']);
    await project.runner(['breakers', 'open', 'render/get_service', '--for', '10m']);
    const forced = await project.runner(['run', 'guarded']);

    expect(refused.stderr).toContain('circuit_open');
    expect(JSON.parse(shown.stdout)).toMatchObject({
      breakers: [{ key: 'render/get_service', state: 'open', failures: 1, opened_by: null }],
    });
    expect([closed.code, again.code, forced.code]).toEqual([0, 0, 1]);
    expect(forced.stderr).toMatch(/was opened by \S+; it is tried again in/);
    expect(forced.stderr + forced.stdout).toContain('runner breakers close render/get_service');
    expect(bridge.calls).toBe(2);
  });

  it('that nobody knows cannot be closed', async () => {
    const closed = await project.runner(['breakers', 'close', 'render/typo']);

    expect(closed.code).toBe(1);
    expect(closed.stderr).toContain('Nothing is known of a circuit "render/typo"');
  });
});

async function kill(command: RunningCommand): Promise<void> {
  command.child.kill('SIGKILL');
  await command.ended;
}

async function isCalled(): Promise<void> {
  await expect.poll(() => bridge.calls).toBeGreaterThan(0);
}

async function startCountingBridge(): Promise<CountingBridge> {
  let underWay = 0;
  const server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      if (body.includes('create_deploy')) counting.writes += 1;
    });
    if (request.method !== 'POST') return void response.end('{"tools":[]}');
    counting.calls += 1;
    underWay += 1;
    counting.mostAtOnce = Math.max(counting.mostAtOnce, underWay);
    response.on('close', () => (underWay -= 1));
    response.statusCode = counting.isDown ? 503 : 200;
    const timer = setTimeout(() => response.end('{"result":{"id":"x"},"execution_id":"1"}'), counting.latencyMs);
    response.on('close', () => clearTimeout(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const counting: CountingBridge = {
    url: `http://127.0.0.1:${port}`,
    calls: 0,
    writes: 0,
    mostAtOnce: 0,
    latencyMs: 0,
    isDown: false,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return counting;
}
