import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSandbox } from './harness.ts';
import type { SandboxHarness } from './harness.ts';

let sandbox: SandboxHarness;
beforeEach(async () => {
  sandbox = await openSandbox();
});
afterEach(() => sandbox.close());

const sql = (query: string, params?: unknown[]): Promise<unknown> =>
  sandbox.call('supabase/sql_query', params === undefined ? { query } : { query, params });
const refusedSql = async (query: string, params?: unknown[]): Promise<string | undefined> => {
  const refusal = await sandbox.refusal('supabase/sql_query', { query, params });
  return refusal?.message;
};

describe('supabase/sql_query in the sandbox', () => {
  it('gives rows', async () => {
    expect(await sql('SELECT COUNT(*) AS count FROM customers')).toEqual([{ count: 2 }]);
  });

  it('takes params for $1, $2 wherever and however often they stand', async () => {
    expect(await sql(`SELECT $2 AS b, $1 AS a, $2 AS again, '$1' AS text -- $9`, [true, 'x'])).toEqual([
      { b: 'x', a: 1, again: 'x', text: '$1' },
    ]);
  });

  it('keeps whole numbers whole', async () => {
    expect(await sql(`SELECT 'order-' || $1 AS name, $2 AS share`, [5, 0.5])).toEqual([
      { name: 'order-5', share: 0.5 },
    ]);
  });

  it('keeps params apart from the statement', async () => {
    const nasty = `'); DROP TABLE customers; --`;
    await sql('INSERT INTO customers (email) VALUES ($1)', [nasty]);

    expect(await sql('SELECT email FROM customers WHERE email = $1', [nasty])).toEqual([{ email: nasty }]);
  });

  it('gives the rows of RETURNING, and none for a statement without rows', async () => {
    const query = 'INSERT INTO customers (email) VALUES ($1)';

    expect(await sql(`${query} RETURNING email`, ['a@b.c'])).toEqual([{ email: 'a@b.c' }]);
    expect(await sql(query, ['d@e.f'])).toEqual([]);
  });

  it('creates tables, which listTables shows with their columns', async () => {
    await sql('CREATE TABLE orders (id INTEGER PRIMARY KEY, total REAL)');

    expect(await sandbox.call('supabase/listTables')).toEqual([
      { table: 'customers', columns: ['id', 'email', 'name', 'stripe_id', 'plan', 'created_at'] },
      { table: 'orders', columns: ['id', 'total'] },
    ]);
  });

  it.each([
    [
      'SELEC 1',
      'params.query: the sandbox runs SELECT, INSERT, UPDATE, DELETE, WITH, VALUES, CREATE, ALTER, DROP, not SELEC.',
    ],
    ['SELECT * FROM nope', 'params.query: no such table: nope.'],
    ['SELECT 1; SELECT 2', 'params.query: The supplied SQL string contains more than one statement.'],
    ['INSERT INTO customers (email) VALUES (NULL)', 'params.query: NOT NULL constraint failed: customers.email.'],
    ['SELECT $1', 'params.query uses $1, but params.params has 0 items.'],
    ['DROP TABLE sandbox_answers', 'params.query: the table sandbox_answers belongs to the sandbox.'],
    [
      'WITH c AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c',
      'params.query: the sandbox runs no recursive queries.',
    ],
    [
      'SELECT count(*) FROM customers a, customers b, customers c, customers d, customers e',
      'params.query: it reads more than 4 whole tables; join over indexed columns.',
    ],
  ])('refuses %s', async (query, message) => {
    expect(await refusedSql(query)).toBe(message);
  });

  it.each([`ATTACH '/tmp/x.db' AS x`, 'PRAGMA writable_schema = ON', `VACUUM INTO '/tmp/x.db'`, '/* SELECT */ BEGIN'])(
    'refuses %s, which would leave its own tables',
    async (query) => {
      expect(await refusedSql(query)).toContain('params.query: the sandbox runs SELECT');
    },
  );

  it('refuses to give more than 1,000 rows', async () => {
    const list = JSON.stringify(Array.from({ length: 1_001 }, (_, index) => index));

    expect(await refusedSql('SELECT value FROM json_each($1)', [list])).toBe(
      'params.query: The statement gives more than 1000 rows.',
    );
  });

  it('cannot harm the other services', async () => {
    await sql('DROP TABLE customers');
    await sandbox.call('stripe/createCustomer', { email: 'ada@example.com' });

    expect(await sandbox.call('stripe/listCustomers')).toHaveLength(1);
  });
});

describe('github in the sandbox', () => {
  it('gives the same commits for the same branch', async () => {
    const first = await sandbox.call('github/getCommits', { repo: 'demo-shop', branch: 'main', limit: 2 });
    const second = await sandbox.call('github/getCommits', { repo: 'demo-shop', limit: 2 });

    expect(second).toEqual(first);
    expect(first).toMatchObject([{ sha: expect.stringMatching(/^[0-9a-f]{40}$/) }, {}]);
  });

  it('refuses an unknown branch', async () => {
    expect(await sandbox.refusal('github/getCommits', { repo: 'demo-shop', branch: 'mian' })).toEqual({
      status: 404,
      message: 'Repository "demo-shop" has no branch "mian". It has: main, develop.',
    });
  });

  it('keeps issues with their comments until they are closed', async () => {
    const repo = 'demo-shop';
    await sandbox.call('github/createIssue', { repo, title: 'Down', labels: ['incident'] });
    await sandbox.call('github/addComment', { repo, number: 1, body: 'On it' });

    expect(await sandbox.call('github/getIssue', { repo, number: 1 })).toMatchObject({
      title: 'Down',
      state: 'open',
      labels: ['incident'],
      comments: [{ body: 'On it' }],
    });
    expect(await sandbox.call('github/closeIssue', { repo, number: 1 })).toMatchObject({ state: 'closed' });
    expect(await sandbox.call('github/listIssues', { repo })).toEqual([]);
    expect(await sandbox.call('github/listIssues', { repo, state: 'all' })).toHaveLength(1);
  });
});

describe('stripe in the sandbox', () => {
  it('subscribes a customer, and cancels the subscription', async () => {
    const customer = (await sandbox.call('stripe/createCustomer', { email: 'ada@example.com' })) as { id: string };
    const params = { customer: customer.id, priceId: 'price_pro' };
    const subscription = (await sandbox.call('stripe/createSubscription', params)) as { id: string };

    expect(subscription).toMatchObject({ customer: customer.id, price: 'price_pro', status: 'active' });
    expect(await sandbox.call('stripe/cancelSubscription', { subscription: subscription.id })).toMatchObject({
      status: 'canceled',
    });
    expect(await sandbox.call('stripe/listSubscriptions', { customer: customer.id })).toHaveLength(1);
  });

  it('finds customers by address', async () => {
    await sandbox.call('stripe/createCustomer', { email: 'ada@example.com' });
    await sandbox.call('stripe/createCustomer', { email: 'bob@example.com' });

    expect(await sandbox.call('stripe/listCustomers', { email: 'bob@example.com' })).toMatchObject([
      { id: 'cus_1002' },
    ]);
  });

  it('refuses an unknown price and names the known ones', async () => {
    await sandbox.call('stripe/createCustomer', { email: 'ada@example.com' });
    const refusal = await sandbox.refusal('stripe/createSubscription', {
      customer: 'cus_1001',
      priceId: 'price_gold',
    });

    expect(refusal?.message).toBe(
      'params.priceId: there is no price "price_gold". There are: price_starter, price_pro, price_scale.',
    );
  });

  it('refuses an unknown customer', async () => {
    expect(await sandbox.refusal('stripe/getCustomer', { customer: 'cus_9' })).toEqual({
      status: 404,
      message: 'There is no customer "cus_9".',
    });
  });
});

describe('slack in the sandbox', () => {
  it('keeps the messages of a channel, with or without its #', async () => {
    await sandbox.call('slack/post_message', { channel: '#ops', text: 'One' });
    await sandbox.call('slack/post_message', { channel: 'ops', text: 'Two' });

    expect(await sandbox.call('slack/list_messages', { channel: '#ops' })).toMatchObject([
      { text: 'One' },
      { text: 'Two' },
    ]);
  });
});
