import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/adapters/sandbox/start-sandbox.ts';
import type { Sandbox } from '../../src/adapters/sandbox/start-sandbox.ts';
import { openPlainDatabase } from '../../src/adapters/sqlite/plain-database.ts';
import { executeAt } from '../adapters/sandbox/harness.ts';
import type { FinishedRun } from './run-workflow.ts';
import { runProjectWorkflow } from './run-workflow.ts';

let folder: string;
let sandbox: Sandbox;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runner-workflows-'));
  sandbox = await startSandbox({
    database: openPlainDatabase(join(folder, 'sandbox.db')),
    sqlDatabase: openPlainDatabase(join(folder, 'sandbox-sql.db')),
    recoveryMs: 300,
  });
});
afterEach(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

async function call(name: string, params: unknown): Promise<unknown> {
  const { body } = await executeAt(sandbox.url, { name, params });
  return body.result;
}

async function messagesOf(channel: string): Promise<string[]> {
  const messages = (await call('slack/list_messages', { channel })) as { text: string }[];
  return messages.map(({ text }) => text);
}

const recover = (serviceId: string): Promise<FinishedRun> =>
  runProjectWorkflow('health_recovery', { service_id: serviceId }, sandbox.url);
const deploy = (inputs: { service_id: string; branch?: string }): Promise<FinishedRun> =>
  runProjectWorkflow('full_deployment', { repo: 'website', ...inputs }, sandbox.url);
const onboard = (priceId = 'price_pro'): Promise<FinishedRun> =>
  runProjectWorkflow('customer_onboarding', { email: 'lin@example.com', name: 'Lin', price_id: priceId }, sandbox.url);

describe('health_recovery', () => {
  it('restarts a service that is down, waits until it is live, and tells the team', async () => {
    const run = await recover('srv-demo');

    expect([run.status, run.output]).toEqual([
      'succeeded',
      { healed: true, state: 'live', was: 'unhealthy', cause: 'Reached heap limit: JavaScript heap out of memory' },
    ]);
    expect(await messagesOf('#ops')).toEqual([
      'srv-demo is live again; it was unhealthy. Last error in its log: Reached heap limit: JavaScript heap out of memory',
    ]);
  });

  it('leaves a service alone that is live', async () => {
    const run = await recover('srv-api');

    expect([run.status, run.output]).toEqual(['succeeded', { healed: false, state: 'live' }]);
  });

  it('deploys a service that refuses to be restarted', async () => {
    const run = await recover('srv-stuck');

    expect([run.status, run.steps.find(({ key }) => key === 'restart')?.fallback]).toEqual([
      'succeeded',
      'restart/fallback[0]',
    ]);
  });

  it('fails for an unknown service, and tells the team where and why', async () => {
    const run = await recover('srv-nope');

    expect([run.status, run.error?.kind, run.error?.step]).toEqual(['failed', 'tool_error', 'status']);
    expect(await messagesOf('#ops')).toEqual([
      expect.stringMatching(/^Recovery of srv-nope FAILED at status: .*There is no service "srv-nope"/),
    ]);
  });
});

describe('full_deployment', () => {
  it('deploys the newest commit, waits until it is live, and tells the team', async () => {
    const run = await deploy({ service_id: 'srv-web' });

    expect([run.status, run.output]).toEqual([
      'succeeded',
      { deploy_id: 'dep-1001', commit: expect.stringMatching(/^[0-9a-f]{40}$/), status: 'live' },
    ]);
    expect(await messagesOf('#deploys')).toEqual([
      'srv-web runs "Release memory of finished sessions" of website (main), deploy dep-1001.',
    ]);
  });

  it('does not deploy a suspended service', async () => {
    await call('render/render_suspend_service', { serviceId: 'srv-web' });

    const run = await deploy({ service_id: 'srv-web' });

    expect([run.status, run.error?.kind]).toEqual(['failed', 'service_suspended']);
    expect(await call('render/render_list_deploys', { serviceId: 'srv-web' })).toEqual([]);
  });

  it('opens an issue and tells the team when the deploy fails', async () => {
    const run = await deploy({ service_id: 'srv-lost' });

    expect([run.status, run.error?.kind]).toEqual(['failed', 'deploy_failed']);
    expect(await call('github/listIssues', { repo: 'website' })).toMatchObject([
      { title: 'Deployment of srv-lost failed', labels: ['deployment'] },
    ]);
    expect(await messagesOf('#deploys')).toEqual([
      expect.stringContaining('Deploy dep-1001 of srv-lost ended as build_failed.'),
    ]);
  });
});

describe('customer_onboarding', () => {
  it('creates customer, subscription and row, and tells sales', async () => {
    const run = await onboard();

    expect([run.status, run.output]).toEqual([
      'succeeded',
      { created: true, customer: 'cus_1001', subscription: 'sub_1001', row: 3 },
    ]);
    const query = 'SELECT name, stripe_id, plan FROM customers WHERE id = 3';
    expect(await call('supabase/sql_query', { query })).toEqual([
      { name: 'Lin', stripe_id: 'cus_1001', plan: 'price_pro' },
    ]);
    expect(await messagesOf('#sales')).toEqual(['New customer Lin on price_pro (cus_1001).']);
  });

  it('leaves a known customer alone', async () => {
    await onboard();

    const again = await onboard();

    expect([again.status, again.output]).toEqual([
      'succeeded',
      { created: false, customer: 'cus_1001', plan: 'price_pro' },
    ]);
    expect(await call('stripe/listCustomers', {})).toHaveLength(1);
  });

  it('creates nothing for an unknown price', async () => {
    const run = await onboard('price_gold');

    expect([run.status, run.error?.kind]).toEqual(['failed', 'unknown_price']);
    expect(await call('stripe/listCustomers', {})).toEqual([]);
  });

  it('says which customer is left behind when it fails half-way', async () => {
    const trigger = `CREATE TRIGGER t BEFORE INSERT ON customers BEGIN SELECT RAISE(ABORT, 'table is full'); END`;
    await call('supabase/sql_query', { query: trigger });

    const run = await onboard();

    expect([run.status, run.error?.step]).toEqual(['failed', 'stored']);
    expect(await messagesOf('#sales')).toEqual([
      expect.stringMatching(/table is full\. Customer cus_1001 exists at Stripe and is not in the database\.$/),
    ]);
  });
});
