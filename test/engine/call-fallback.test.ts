import { describe, expect, it } from 'vitest';
import { loadWorkflow } from '../../src/language/load.ts';
import type { PatternPolicies } from '../../src/language/load.ts';
import { renderDiagnostic } from '../../src/model/render-diagnostic.ts';
import { fault } from '../support/far-side.ts';
import { Simulation } from '../support/simulator.ts';

const denied = { fault: fault('http.403', { outcome: 'failed', transient: false }) };
const lost = { fault: fault('http.503', { outcome: 'unknown' }), hasEffect: true };

describe('a fallback for many calls', () => {
  it('sees the parameters of the call that failed, and its error', async () => {
    const { outcome } = await run(
      [
        'defaults: { fallback: { value: { asked: $params.id, why: $last_error.code, by: $last_error.step } } }',
        'steps: [{ tool: s/create_x, params: { id: 7 } }]',
      ],
      { 's/create_x': [denied] },
    );

    expect(outcome.output).toEqual({ asked: 7, why: 'http.403', by: 'step_1' });
  });

  it('may be another tool, which it does not stand in for as well', async () => {
    const { outcome, calls } = await run(
      [
        'defaults: { fallback: { tool: s/create_y, params: { id: $params.id } } }',
        'steps: [{ tool: s/create_x, params: { id: 7 } }]',
      ],
      { 's/create_x': [denied], 's/create_y': [denied] },
    );

    expect(outcome).toMatchObject({ status: 'failed', error: { step: 'step_1' } });
    expect(calls).toEqual(['s/create_x', 's/create_y']);
  });

  it.each([
    [
      'step',
      ['policies: { s/*: { fallback: { value: pattern } } }', 'defaults: { fallback: { value: defaults } }'],
      ', fallback: { value: step }',
    ],
    [
      'pattern',
      ['policies: { s/*: { fallback: { value: pattern } } }', 'defaults: { fallback: { value: defaults } }'],
      '',
    ],
    ['defaults', ['defaults: { fallback: { value: defaults } }'], ''],
    ['project', [], ''],
  ])('is that of the first layer that has one: %s', async (layer, lines, own) => {
    const { outcome } = await run([...lines, `steps: [{ tool: s/create_x${own} }]`], { 's/create_x': [denied] }, [
      { pattern: 's/*', policies: { fallback: { value: 'project' } } },
    ]);

    expect(outcome.output).toBe(layer);
  });

  it('of the project names nothing of the run', async () => {
    const { outcome } = await run(
      ['inputs: { id: { type: string, default: mine } }', 'steps: [{ tool: s/create_x, params: { id: 7 } }]'],
      { 's/create_x': [denied] },
      [{ pattern: '*', policies: { fallback: { value: 'in $id: $params.id' } } }],
    );

    expect(outcome.output).toBe('in $id: 7');
  });

  it('keeps the parameters over a nested fallback', async () => {
    const { outcome } = await run(
      [
        'defaults: { fallback: [{ tool: s/create_y, params: { id: 8 }, fallback: { tool: s/create_z } }, { value: $params.id }] }',
        'steps: [{ tool: s/create_x, params: { id: 7 } }]',
      ],
      { 's/create_x': [denied], 's/create_y': [denied], 's/create_z': [denied] },
    );

    expect(outcome.output).toBe(7);
  });

  it('leaves the error of the run to its handlers', async () => {
    const { outcome } = await run(
      [
        'steps: [{ fail: { code: late, message: Too late } }]',
        'on_failure: [{ tool: s/create_x, params: { why: $last_error.code }, fallback: { value: $last_error.code } }]',
      ],
      { 's/create_x': [denied] },
    );

    expect(outcome.error).toMatchObject({ kind: 'late' });
  });
});

describe('a call that is left to a person', () => {
  it('is recorded also where it may have happened', async () => {
    const { calls, outcome } = await run(
      [
        'defaults: { fallback: { manual: "Create $params.id by hand" } }',
        'steps: [{ tool: s/create_x, params: { id: 7 } }]',
      ],
      { 's/create_x': [lost], 's/(manual) create_x': [{ output: { queued: true } }] },
    );

    expect(calls).toEqual(['s/create_x', 's/(manual) create_x']);
    expect(outcome).toMatchObject({ status: 'succeeded', output: { queued: true } });
  });
});

async function run(
  lines: readonly string[],
  script: NonNullable<ConstructorParameters<typeof Simulation>[1]>['script'] & object,
  policies: readonly PatternPolicies[] = [],
) {
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`);
  const { workflow, diagnostics } = await loadWorkflow(bytes, { file: 'flow.yaml', facts: { policies } });
  if (!workflow) throw new Error(diagnostics.map(renderDiagnostic).join('\n'));
  const inputs = { id: 'mine' };
  const simulation = new Simulation(workflow, { script, inputs });
  const outcome = await simulation.run();
  return { outcome, calls: simulation.farSide.calls.map(({ target }) => target) };
}
