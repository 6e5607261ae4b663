import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadProjectConfig } from '../../src/language/project-config.ts';
import { fault } from '../support/far-side.ts';
import { simulate } from '../support/simulator.ts';

const snippets = [...readFileSync('docs/cache.md', 'utf8').matchAll(/```yaml\n([^]*?)```/g)].map(
  (found) => found[1] ?? '',
);
const configurations = snippets.filter((text) => text.startsWith('# runner.yaml'));
const [policies = '', standIn = '', ...others] = snippets.filter((text) => !configurations.includes(text));

describe('docs/cache.md', () => {
  it.each(configurations)('shows a runner.yaml without faults: %#', async (text) => {
    const { diagnostics } = await loadProjectConfig(new TextEncoder().encode(text), { file: 'runner.yaml', env: {} });

    expect(diagnostics).toEqual([]);
  });

  it('shows steps that are cached as it says', async () => {
    const simulation = await simulate(policies);

    await simulation.run();
    await simulation.clock.advance(600_000);
    await simulation.run();

    expect(simulation.farSide.calls.map(({ context }) => [context.run, context.step])).toEqual([
      ['run-1', 'services'],
      ['run-1', 'prices'],
      ['run-1', 'always_new'],
      ['run-1', 'team'],
      ['run-2', 'services'],
      ['run-2', 'always_new'],
      ['run-2', 'team'],
    ]);
  });

  it('shows a result that stands in while the service is down', async () => {
    const down = { fault: fault('tool_error', { transient: false }) };
    const simulation = await simulate(standIn, {
      script: { 'billing/get_exchange_rates': [{ output: { eur: 1 } }, down] },
    });
    await simulation.run();
    await simulation.clock.advance(1_800_000);

    const outcome = await simulation.run();

    expect(outcome.status).toBe('succeeded');
    expect(simulation.events()).toContainEqual(
      expect.objectContaining({ type: 'log.written', text: 'Calculated with exchange rates from the cache.' }),
    );
  });

  it('shows no workflow that is not run here', () => {
    expect(others).toEqual([]);
  });
});
