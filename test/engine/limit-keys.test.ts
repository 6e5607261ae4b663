import { describe, expect, it } from 'vitest';
import { loadWorkflow } from '../../src/language/load.ts';
import type { PatternPolicies } from '../../src/language/load.ts';
import type { StepStarted } from '../../src/model/events.ts';
import { Simulation } from '../support/simulator.ts';

/** What the call of a one-step workflow is counted by, as its journal says. */
async function settingsOf(lines: readonly string[], policies: readonly PatternPolicies[] = []) {
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`);
  const { workflow, diagnostics } = await loadWorkflow(bytes, { file: 'flow.yaml', facts: { policies } });
  if (!workflow) throw new Error(JSON.stringify(diagnostics));
  const simulation = new Simulation(workflow);
  await simulation.run();
  const started = simulation.events().find((event): event is StepStarted => event.type === 'step.started');
  return started?.settings;
}

const tool = '{ tool: s/create_x, params: { id: srv-1, to: { region: eu } } }';

describe('`$params` in a key', () => {
  it.each([
    [
      'step',
      [`steps: [{ tool: s/create_x, params: { id: srv-1 }, budget: { key: $params.id, max: 1, per: 1h } }]`],
      {},
    ],
    ['policies', ['policies: { s/*: { budget: { key: $params.id, max: 1, per: 1h } } }', `steps: [${tool}]`], {}],
    ['defaults', ['defaults: { budget: { key: $params.id, max: 1, per: 1h } }', `steps: [${tool}]`], {}],
    ['runner.yaml', [`steps: [${tool}]`], { budget: { key: '$params.id', max: 1, per: '1h' } }],
  ])('is what the call is called with, in a layer such as %s', async (_, lines, policies) => {
    expect((await settingsOf(lines, [{ pattern: 's/*', policies }]))?.budget?.key).toBe('srv-1');
  });

  it('may be named by rate limits and concurrency limits, in a text too', async () => {
    const rate = 'rate_limit: { max: 5, per: 1s, key: "in $params.to.region" }';
    const settings = await settingsOf([
      `defaults: { ${rate}, concurrency: { max: 1, key: $params.id } }`,
      `steps: [${tool}]`,
    ]);

    expect(settings).toMatchObject({ rateLimit: { key: 'in eu' }, concurrency: { key: 'srv-1' } });
  });

  it('is of an HTTP request its address, and of a command its arguments', async () => {
    const limit = 'rate_limit: { max: 5, per: 1s, key: $params.url }';
    const http = await settingsOf([`steps: [{ http: { url: "https://example.com/x" }, ${limit} }]`]);
    const run = await settingsOf([
      'steps: [{ run: echo, args: [db], concurrency: { max: 1, key: "backup ${{ $params.args[0] }}" } }]',
    ]);

    expect(http?.rateLimit?.key).toBe('https://example.com/x');
    expect(run?.concurrency?.key).toBe('backup db');
  });
});
