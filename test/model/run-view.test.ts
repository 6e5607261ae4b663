import { describe, expect, it } from 'vitest';
import { stepKeyOf } from '../../src/model/keys.ts';
import { foldRun } from '../../src/model/run-view-fold.ts';
import { retryCount } from '../../src/model/run-view.ts';
import { fault } from '../support/far-side.ts';
import { simulate } from '../support/simulator.ts';

describe('the key of a step', () => {
  it.each([
    ['restart', 'restart'],
    ['restart#2', 'restart'],
    ['recovered@3#1', 'recovered'],
    ['recovered@3/every', 'recovered'],
    ['on_failure/step_1#1/retry', 'on_failure/step_1'],
    ['restart/fallback[0]#2/retry', 'restart/fallback[0]'],
  ])('of %s is %s', (key, step) => {
    expect(stepKeyOf(key)).toBe(step);
  });
});

describe('the view of a run', () => {
  it('shows attempts, alternatives and waits at the step that they belong to', async () => {
    const simulation = await simulate(
      `
steps:
  - { id: a, tool: s/get_x, retry: 2, fallback: [{ tool: s/get_y }] }
  - { id: b, wait: 1h }
`,
      { script: { 's/get_x': [{ fault: fault('connection') }] } },
    );
    const handle = await simulation.start(simulation.boot().engine);
    await simulation.clock.advance(60_000);

    const { steps, status } = foldRun(simulation.events(), simulation.workflow);

    expect(status).toBe('waiting');
    expect(steps.map((step) => step.key)).toEqual(['a', 'b']);
    expect(steps[0]).toMatchObject({
      status: 'succeeded',
      fallback: 'a/fallback[0]',
      alternatives: [{ attempts: [{}] }],
    });
    expect(steps[0] && retryCount(steps[0])).toBe(2);
    expect(steps[1]?.waiting).toEqual({ due: expect.any(Number), reason: 'wait' });
    handle.stop();
    await handle.done;
  });
});
