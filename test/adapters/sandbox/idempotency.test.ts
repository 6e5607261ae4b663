import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { executeAt, openSandbox } from './harness.ts';
import type { SandboxHarness } from './harness.ts';

let sandbox: SandboxHarness;
beforeEach(async () => {
  sandbox = await openSandbox();
});
afterEach(() => sandbox.close());

const ada = { email: 'ada@example.com', name: 'Ada' };
const insert = { query: 'INSERT INTO customers (email) VALUES ($1) RETURNING id', params: ['new@example.com'] };

describe('an idempotency key in the sandbox', () => {
  it('gives the same answer and no second effect', async () => {
    const first = await sandbox.execute('stripe/createCustomer', ada, 'key-1');
    const second = await sandbox.execute('stripe/createCustomer', ada, 'key-1');

    expect(second).toEqual(first);
    expect(await sandbox.call('stripe/listCustomers')).toHaveLength(1);
  });

  it('holds for SQL as well', async () => {
    const first = await sandbox.execute('supabase/sql_query', insert, 'key-1');
    const second = await sandbox.execute('supabase/sql_query', insert, 'key-1');

    expect(second).toEqual(first);
    expect(first.status).toBe(200);
  });

  it('is not used up by a refused call', async () => {
    const params = { serviceId: 'srv-api' };
    await sandbox.call('render/render_suspend_service', params);
    const refused = await sandbox.refusal('render/render_restart_service', params, 'key-1');
    await sandbox.call('render/render_resume_service', params);

    expect(refused?.status).toBe(409);
    expect(await sandbox.call('render/render_restart_service', params, 'key-1')).toMatchObject({ id: 'srv-api' });
  });

  it('is refused for another call', async () => {
    await sandbox.call('stripe/createCustomer', ada, 'key-1');
    expect(await sandbox.refusal('stripe/createCustomer', { email: 'bob@example.com' }, 'key-1')).toEqual({
      status: 409,
      message: 'This Idempotency-Key was used before, for another tool or with other params.',
    });
  });

  it('two calls without a key are two effects', async () => {
    await sandbox.call('stripe/createCustomer', ada);
    await sandbox.call('stripe/createCustomer', ada);

    expect(await sandbox.call('stripe/listCustomers')).toHaveLength(2);
  });
});

describe('a sandbox that is killed with SIGKILL', () => {
  const script = fileURLToPath(new URL('sandbox-process.ts', import.meta.url));
  const children: ChildProcess[] = [];
  afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

  async function spawnSandbox(): Promise<{ url: string; kill(): Promise<void> }> {
    const child = spawn(process.execPath, ['--import', 'tsx', script, sandbox.folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
    return {
      url,
      async kill() {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      },
    };
  }

  it('has kept every effect that it answered, once, with its key', async () => {
    const call = { name: 'stripe/createCustomer', params: ada, idempotencyKey: 'key-1' };
    const before = await spawnSandbox();
    const first = await executeAt(before.url, call);
    await before.kill();

    const after = await spawnSandbox();
    const second = await executeAt(after.url, call);
    const { body } = await executeAt(after.url, { name: 'stripe/listCustomers', params: {} });

    expect(second).toEqual(first);
    expect(body.result).toHaveLength(1);
  });

  it('shares its state with a sandbox of another process', async () => {
    const [one, two] = await Promise.all([spawnSandbox(), spawnSandbox()]);
    const posts = Array.from({ length: 20 }, (_, index) =>
      executeAt(index % 2 === 0 ? one.url : two.url, {
        name: 'slack/post_message',
        params: { channel: '#ops', text: `Message ${index}` },
      }),
    );
    const answers = await Promise.all(posts);
    const { body } = await executeAt(two.url, { name: 'slack/list_channels', params: {} });

    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(body.result).toEqual([{ channel: '#ops', messages: 20 }]);
  });
});
