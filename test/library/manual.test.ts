import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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

describe('a call with sensitive values that is left to a person', () => {
  const flow = `name: flow
inputs:
  email: string
  pin: { type: string, sensitive: true }
  account: { type: integer, sensitive: true }
steps:
  - id: session
    tool: crm/login
    sensitive: true
  - id: customer
    tool: stripe/create_customer
    params: { email: $email, pin: $pin, account: $account, token: Bearer $session.token }
`;
  const inputs = { email: 'shown@to.all', pin: 'canary-of-the-input', account: 70_330_255 };

  it.each([
    ['and where the journal is sealed nothing of it is on the disk', 'journal_key: { file: key.txt }\n'],
    ['and also where nothing seals the journal', ''],
  ])('is shown without them, %s', async (_, sealing) => {
    const files = {
      'runner.yaml': `${sealing}fallbacks: { "stripe/*": { manual: "Create $params.email with $params.pin." } }\n`,
      'key.txt': 'k'.repeat(40),
      'workflows/flow.yaml': flow,
    };
    const { runner, folder, bridge } = await libraryProject(
      ({ tool }) => (tool === 'login' ? { result: { token: 'canary-of-the-step' } } : { status: 400 }),
      files,
    );

    await runner.run('flow', inputs);
    await runner.close();
    const app = await openApp({ cwd: folder, variables: { MCP_BRIDGE_URL: bridge.url } });
    const [work] = await listManualWork(app, { all: false });
    const found = await findManualWork(app, work?.id ?? '');
    await app.close();

    expect(found).toEqual(work);
    expect(JSON.stringify(work)).not.toMatch(/canary|70330255/);
    expect(work).toMatchObject({
      params: { email: 'shown@to.all', pin: '[redacted]', account: '[redacted]', token: 'Bearer [redacted]' },
      note: 'Create shown@to.all with [redacted].',
    });
    expect(onDisk(folder, 'shown@to.all')).toBe(sealing === '');
    expect(onDisk(folder, 'canary')).toBe(sealing === '');
  });
});

function onDisk(folder: string, text: string): boolean {
  const files = readdirSync(join(folder, '.runner')).filter((name) => name.startsWith('journal.db'));
  return files.some((name) => readFileSync(join(folder, '.runner', name)).includes(text));
}
