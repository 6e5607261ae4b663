import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSandbox, recoveryMs } from './harness.ts';
import type { SandboxHarness } from './harness.ts';

let sandbox: SandboxHarness;
beforeEach(async () => {
  sandbox = await openSandbox();
});
afterEach(() => sandbox.close());

const stateOf = async (serviceId: string): Promise<unknown> => {
  const service = await sandbox.call('render/render_get_service', { serviceId });
  return (service as { state: string }).state;
};

describe('srv-demo in the sandbox', () => {
  it('is down at first', async () => {
    expect(await stateOf('srv-demo')).toBe('unhealthy');
  });

  it('has a log that says why', async () => {
    const { lines } = (await sandbox.call('render/render_get_logs', { serviceId: 'srv-demo', lines: 3 })) as {
      lines: { text: string }[];
    };

    expect(lines.map(({ text }) => text)).toEqual([
      'Reached heap limit: JavaScript heap out of memory',
      'Instance exited with code 134',
      'Health check GET /health failed: connection refused',
    ]);
  });

  it('is restarting after a restart, and live once that is over', async () => {
    await sandbox.call('render/render_restart_service', { serviceId: 'srv-demo' });
    const atOnce = await stateOf('srv-demo');
    sandbox.pass(recoveryMs);

    expect([atOnce, await stateOf('srv-demo')]).toEqual(['restarting', 'live']);
  });

  it('becomes live through a deploy, whose status moves on by itself', async () => {
    const deploy = await sandbox.call('render/render_trigger_deploy', { serviceId: 'srv-demo', commitId: 'abc' });
    const params = { serviceId: 'srv-demo', deployId: (deploy as { id: string }).id };
    const seen: unknown[] = [];
    for (const passed of [0, recoveryMs / 2, recoveryMs / 2]) {
      sandbox.pass(passed);
      const status = await sandbox.call('render/render_get_deploy_status', params);
      seen.push((status as { status: string }).status);
    }

    expect(seen).toEqual(['build_in_progress', 'update_in_progress', 'live']);
    expect(await stateOf('srv-demo')).toBe('live');
  });

  it('stays live until somebody has looked', async () => {
    await sandbox.call('render/render_restart_service', { serviceId: 'srv-demo' });
    sandbox.pass(3_600_000);

    await sandbox.restart();

    expect(await stateOf('srv-demo')).toBe('live');
  });

  it('falls ill again some time after it was first seen live', async () => {
    await sandbox.call('render/render_restart_service', { serviceId: 'srv-demo' });
    sandbox.pass(recoveryMs);
    await stateOf('srv-demo');
    sandbox.pass(recoveryMs - 1);
    const justBefore = await stateOf('srv-demo');
    sandbox.pass(1);

    expect([justBefore, await stateOf('srv-demo')]).toEqual(['live', 'unhealthy']);
  });

  it('is ill again in the next sandbox once it was seen live, so that a second run shows a recovery too', async () => {
    await sandbox.call('render/render_restart_service', { serviceId: 'srv-demo' });
    sandbox.pass(recoveryMs);
    await stateOf('srv-demo');

    await sandbox.restart();

    expect(await stateOf('srv-demo')).toBe('unhealthy');
  });

  it('has the relapse in its log, also when the next sandbox brought it forward', async () => {
    await sandbox.call('render/render_restart_service', { serviceId: 'srv-demo' });
    sandbox.pass(recoveryMs);
    await stateOf('srv-demo');

    await sandbox.restart();

    const { lines } = (await sandbox.call('render/render_get_logs', { serviceId: 'srv-demo', lines: 3 })) as {
      lines: { text: string }[];
    };
    expect(lines.map(({ text }) => text)).toEqual([
      'Health check GET /health passed; service is live',
      'Reached heap limit: JavaScript heap out of memory',
      'Health check GET /health failed: connection refused',
    ]);
  });

  it('answers a repeated look as before, so that a resumed run sees what the killed one would have seen', async () => {
    await sandbox.call('render/render_restart_service', { serviceId: 'srv-demo' });
    sandbox.pass(recoveryMs);
    const first = await sandbox.call('render/render_get_service', { serviceId: 'srv-demo' }, 'look-1');

    await sandbox.restart();

    expect(await sandbox.call('render/render_get_service', { serviceId: 'srv-demo' }, 'look-1')).toEqual(first);
  });
});

describe('the other services of the sandbox', () => {
  it('srv-stuck refuses a restart and says what to do instead', async () => {
    expect(await sandbox.refusal('render/render_restart_service', { serviceId: 'srv-stuck' })).toEqual({
      status: 409,
      message: 'Service "srv-stuck" has no instance that could be restarted; deploy it instead.',
    });
  });

  it('srv-stuck becomes live through a deploy', async () => {
    await sandbox.call('render/render_trigger_deploy', { serviceId: 'srv-stuck' });
    sandbox.pass(recoveryMs);

    expect(await stateOf('srv-stuck')).toBe('live');
  });

  it('srv-lost stays ill, and its deploys fail', async () => {
    const deploy = await sandbox.call('render/render_trigger_deploy', { serviceId: 'srv-lost' });
    sandbox.pass(recoveryMs);
    const params = { serviceId: 'srv-lost', deployId: (deploy as { id: string }).id };

    expect(await sandbox.call('render/render_get_deploy_status', params)).toMatchObject({ status: 'build_failed' });
    expect(await stateOf('srv-lost')).toBe('unhealthy');
  });

  it('a suspended service refuses a deploy until it is resumed', async () => {
    await sandbox.call('render/render_suspend_service', { serviceId: 'srv-api' });
    const refused = await sandbox.refusal('render/render_trigger_deploy', { serviceId: 'srv-api' });
    await sandbox.call('render/render_resume_service', { serviceId: 'srv-api' });

    expect([refused?.status, await stateOf('srv-api')]).toEqual([409, 'live']);
  });

  it('an unknown one is a fault of the tool that lists the known ones', async () => {
    expect(await sandbox.refusal('render/render_get_service', { serviceId: 'srv-nope' })).toEqual({
      status: 404,
      message:
        'There is no service "srv-nope" in the sandbox. There are: srv-api, srv-demo, srv-lost, srv-stuck, srv-web.',
    });
  });
});
