import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fault } from '../support/far-side.ts';
import { libraryProject } from '../support/library.ts';
import { Simulation, workflowOf } from '../support/simulator.ts';

const snippets = [...readFileSync('docs/budgets.md', 'utf8').matchAll(/```yaml\n([^]*?)```/g)].map(
  (found) => found[1] ?? '',
);
const [recovery = '', perService = '', answers = '', payout = '', ...others] = snippets;

function healing(name: string): string {
  return `name: ${name}\ninputs: { service: string }\nsteps: [{ tool: render/restart_service, params: { serviceId: $service } }]\n`;
}

describe('docs/budgets.md', () => {
  it('shows a recovery that is stopped by its budget', async () => {
    const simulation = new Simulation(await workflowOf(recovery), { inputs: { service: 'srv-demo' } });
    for (let run = 1; run <= 3; run += 1) expect(await simulation.run()).toMatchObject({ status: 'succeeded' });

    const outcome = await simulation.run();

    expect(outcome.error?.kind).toBe('budget_exceeded');
    expect(simulation.farSide.effects).toHaveLength(3);
    expect(simulation.telemetry.logs('run-4').some(({ text }) => text.startsWith('Nobody restarts srv-demo'))).toBe(
      true,
    );
  });

  it('shows a budget of the project for each service, shared by all workflows', async () => {
    const { runner, bridge } = await libraryProject(() => ({ result: { ok: true } }), {
      'runner.yaml': perService,
      'workflows/heal.yaml': healing('heal'),
      'workflows/rescue.yaml': healing('rescue'),
      'workflows/mistaken.yaml': 'name: mistaken\nsteps: [{ tool: render/restart_service, params: { id: srv-3 } }]\n',
    });
    const end = async (workflow: string, service: string): Promise<string> => {
      const { status, error } = await runner.run(workflow, { service });
      return error?.code ?? status;
    };

    expect([await end('heal', 'srv-1'), await end('rescue', 'srv-1'), await end('heal', 'srv-1')]).toEqual([
      'succeeded',
      'succeeded',
      'succeeded',
    ]);
    expect([await end('rescue', 'srv-1'), await end('heal', 'srv-1')]).toEqual(['budget_exceeded', 'budget_exceeded']);
    expect([await end('heal', 'srv-2'), await end('rescue', 'srv-2')]).toEqual(['succeeded', 'succeeded']);
    expect((await runner.run('mistaken')).error).toMatchObject({ code: 'undefined_reference' });
    expect(bridge.calls.map(({ params }) => params['serviceId'])).toEqual([
      'srv-1',
      'srv-1',
      'srv-1',
      'srv-2',
      'srv-2',
    ]);
  });

  it('shows a run that is stopped by its cost', async () => {
    const cheap = { output: { text: 'All is well.', usage: { tokens: 10_000 } } };
    const dear = { output: { text: 'All is well.', usage: { tokens: 50_000 } } };
    const simulation = new Simulation(await workflowOf(answers), { script: { 'llm/complete': [cheap, dear] } });

    expect(await simulation.run()).toMatchObject({ status: 'succeeded' });
    expect((await simulation.run()).error).toMatchObject({ kind: 'cost_exceeded', step: 'step_2' });
  });

  it('shows a probe that finds what has happened', async () => {
    const simulation = new Simulation(await workflowOf(payout), {
      script: {
        'bank/create_payment': [{ fault: fault('timeout', { outcome: 'unknown' }), hasEffect: true }],
        'bank/get_payment': [{ output: { id: 'tr_1', state: 'booked' } }],
      },
    });

    expect(await simulation.run()).toMatchObject({ status: 'succeeded' });
    expect(simulation.telemetry.logs('run-1').map(({ text }) => text)).toContain('Booked as tr_1.');
  });

  it('shows no workflow that is not run here', () => {
    expect(others).toEqual([]);
  });
});
