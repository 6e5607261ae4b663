import { describe, expect, it } from 'vitest';
import { simulate } from '../support/simulator.ts';

/** The shortest form: steps without ids, `$step_N`, `$last_result` and inputs by their bare name. */
describe('the short style of chains', () => {
  it('passes results by position, also inside lists, and leaves SQL placeholders alone', async () => {
    const simulation = await simulate(
      `
inputs: { email: string, name: string, price_id: string }
steps:
  - tool: stripe/createCustomer
    params: { email: $email, name: $name }
  - tool: stripe/createSubscription
    params: { customer: $step_1.id, priceId: $price_id }
  - tool: supabase/sql_query
    params:
      query: INSERT INTO customers (email, stripe_id) VALUES ($1, $2)
      params: ["$email", "$step_1.id"]
`,
      {
        inputs: { email: 'ann@example.com', name: 'Ann', price_id: 'price_1' },
        script: { 'stripe/createCustomer': [{ output: { id: 'cus_1' } }] },
      },
    );

    await simulation.run();

    expect(simulation.farSide.calls.map(({ action }) => 'params' in action && action.params)).toEqual([
      { email: 'ann@example.com', name: 'Ann' },
      { customer: 'cus_1', priceId: 'price_1' },
      {
        query: 'INSERT INTO customers (email, stripe_id) VALUES ($1, $2)',
        params: ['ann@example.com', 'cus_1'],
      },
    ]);
  });

  it('takes the field of the last result, by a reference and inside a text', async () => {
    const simulation = await simulate(
      `
steps:
  - tool: supabase/sql_query
    params: { query: SELECT COUNT(*) AS count FROM customers }
  - tool: github/createIssue
    params:
      repo: brainops-ai-agents
      title: Customer Milestone Reached
      body: We now have $last_result.count customers!
  - tool: render/render_get_deploy_status
    params: { deployId: $last_result.id }
`,
      {
        script: {
          'supabase/sql_query': [{ output: [{ count: 1000 }] }],
          'github/createIssue': [{ output: { id: 'issue_7' } }],
        },
      },
    );

    await simulation.run();

    const [, issue, deploy] = simulation.farSide.calls.map(({ action }) => 'params' in action && action.params);
    expect(issue).toMatchObject({ body: 'We now have 1000 customers!' });
    expect(deploy).toEqual({ deployId: 'issue_7' });
  });

  it('makes a second customer: writes are never answered from the cache', async () => {
    const simulation = await simulate(`
steps:
  - { tool: stripe/createCustomer, params: { email: a@example.com } }
  - { tool: stripe/createCustomer, params: { email: a@example.com } }
`);

    await simulation.run();

    expect(simulation.farSide.effects).toHaveLength(2);
    expect(new Set(simulation.farSide.effects.map(({ key }) => key)).size).toBe(2);
  });

  it('forgets what it read from a server when something is written there', async () => {
    // The wait, since a read that begins in the very millisecond of the write is not kept: it may have been overtaken.
    const simulation = await simulate(`
steps:
  - { tool: s/get_x }
  - { tool: s/get_x }
  - { tool: s/create_y }
  - { wait: 1s }
  - { tool: s/get_x }
  - { tool: other/create_y }
  - { tool: s/get_x }
`);

    await simulation.run();

    const targets = simulation.farSide.calls.map(({ target }) => target);
    expect(targets).toEqual(['s/get_x', 's/create_y', 's/get_x', 'other/create_y']);
  });
});
