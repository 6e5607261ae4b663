import { describe, expect, it } from 'vitest';
import { closeManualWork, findManualWork, listManualWork } from '../../src/app/manual-work.ts';
import { openApp } from '../../src/app/app.ts';
import { libraryProject } from '../support/library.ts';

const fallbacks = 'fallbacks: { "stripe/create_*": { manual: "Create $params.email by hand." } }\n';
const onboard = 'name: onboard\nsteps:\n  - { id: customer, tool: stripe/create_customer, params: { email: a@b.c } }\n';

async function project() {
  const given = await libraryProject(() => ({ status: 400 }), {
    'runner.yaml': fallbacks,
    'workflows/onboard.yaml': onboard,
  });
  const app = await openApp({ cwd: given.folder, variables: { MCP_BRIDGE_URL: given.bridge.url } });
  return { ...given, app };
}

describe('a call that the project leaves to a person', () => {
  it('gives the id of the task, which says what was called and why it failed', async () => {
    const { runner, app } = await project();

    const run = await runner.run('onboard');
    const [work] = await listManualWork(app, { all: false });

    expect(run.steps[0]).toMatchObject({ status: 'succeeded', fallbackUsed: true });
    expect(run.output).toEqual({ queued: true, manual_id: work?.id });
    expect(work).toMatchObject({
      run: run.runId,
      step: 'customer',
      target: 'stripe/create_customer',
      params: { email: 'a@b.c' },
      error: { step: 'customer', code: 'http.400', attempts: 1 },
      note: 'Create a@b.c by hand.',
    });
    await app.close();
  });

  it('is recorded for single calls too', async () => {
    const { runner, app } = await project();

    expect(await runner.call('stripe/create_customer', { email: 'x@y.z' })).toMatchObject({
      success: true,
      fallbackUsed: true,
      result: { queued: true },
    });
    expect(await listManualWork(app, { all: false })).toHaveLength(1);
    await app.close();
  });

  it('is recorded once, however often it is asked for', async () => {
    const { runner, app } = await project();
    await runner.run('onboard');
    const [work] = await listManualWork(app, { all: true });
    const store = await app.stores.manualWork();

    if (work) await store.record({ ...work, note: 'again' });

    expect(await listManualWork(app, { all: true })).toEqual([work]);
    await app.close();
  });

  it('is closed by the first who says so', async () => {
    const { runner, app } = await project();
    await runner.run('onboard');
    const [work] = await listManualWork(app, { all: false });
    const id = work?.id.slice(0, 8) ?? '';

    const closed = await closeManualWork(app, id, { by: 'ann', note: 'done in the dashboard' });

    expect(closed.done).toMatchObject({ by: 'ann', note: 'done in the dashboard' });
    expect(await listManualWork(app, { all: false })).toEqual([]);
    expect(await findManualWork(app, id)).toEqual(closed);
    await expect(closeManualWork(app, id, { by: 'bob' })).rejects.toMatchObject({ code: 'MANUAL_DONE' });
    await expect(findManualWork(app, 'ffff')).rejects.toMatchObject({ code: 'MANUAL_NOT_FOUND' });
    await app.close();
  });
});
