import { describe, expect, it } from 'vitest';
import { doubtfulCalls } from '../../../src/app/kept/doubtful-calls.ts';
import { fault } from '../../support/far-side.ts';
import { simulate } from '../../support/simulator.ts';

const lost = [
  { fault: fault('connection', { outcome: 'unknown' as const }), hasEffect: true },
  { output: { id: 'x' } },
];

describe('the calls of a run that may have happened', () => {
  it('are those whose outcome nobody knows, with the key that they carried', async () => {
    const simulation = await simulate('  - { tool: s/create_a }\n  - { id: b, tool: s/create_b }', {
      script: { 's/create_b': lost },
    });
    await simulation.run();

    const calls = doubtfulCalls(simulation.events());

    expect(Object.keys(calls)).toEqual(['b']);
    expect(calls['b']?.idempotencyKey).toBe(simulation.farSide.effects.at(-1)?.key);
  });

  it('are made by a retry with the same key, where they are still the same calls', async () => {
    const simulation = await simulate('  - { id: b, tool: s/create_b, params: { n: 1 } }', {
      script: { 's/create_b': lost },
    });
    await simulation.run();
    const origin = { run: 'run-1', kind: 'retry', attempt: 2, doubtful: doubtfulCalls(simulation.events()) } as const;
    const options = { dryRun: false, cache: true };
    const request = { workflow: simulation.workflow, source: '', inputs: {}, options };
    const { engine } = simulation.boot();

    await simulation.finish(await engine.start({ ...request, id: 'again', origin }));
    await simulation.finish(await engine.start({ ...request, id: 'anew' }));

    const [first, again, anew] = simulation.farSide.effects.map(({ key }) => key);
    expect(again).toBe(first);
    expect(anew).not.toBe(first);
  });

  it('are not those that surely failed', async () => {
    const refused = [{ fault: fault('tool_error', { transient: false, outcome: 'failed' as const }) }];
    const simulation = await simulate('  - { tool: s/create_b }', { script: { 's/create_b': refused } });
    await simulation.run();

    expect(doubtfulCalls(simulation.events())).toEqual({});
  });
});
