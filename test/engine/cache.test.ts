import { describe, expect, it } from 'vitest';
import { simulate, type Simulation } from '../support/simulator.ts';

function targets({ farSide }: Simulation): readonly string[] {
  return farSide.calls.map(({ target }) => target);
}

describe('the cache of a run', () => {
  it('answers the same read again', async () => {
    const simulation = await simulate(`
  - { id: a, tool: s/get_x, params: { n: 1 } }
  - { id: b, tool: s/get_x, params: { n: 1 } }
  - { id: c, tool: s/get_x, params: { n: 2 } }
`);

    await simulation.run();

    expect(targets(simulation)).toEqual(['s/get_x', 's/get_x']);
    expect(simulation.events().find((event) => event.type === 'step.ended' && event.key === 'b')).toMatchObject({
      cachedAgeMs: 0,
      output: { id: 's/get_x-1' },
    });
  });

  it('never answers a write, however equal it is', async () => {
    const simulation = await simulate(`
  - { id: a, tool: s/create_x, params: { n: 1 } }
  - { id: b, tool: s/create_x, params: { n: 1 } }
  - { id: c, tool: s/put_x, effect: idempotent, params: { n: 1 } }
  - { id: d, tool: s/put_x, effect: idempotent, params: { n: 1 } }
`);

    await simulation.run();

    expect(targets(simulation)).toEqual(['s/create_x', 's/create_x', 's/put_x', 's/put_x']);
  });

  it('forgets the reads of a server when something is written there', async () => {
    const simulation = await simulate(`
  - { id: a, tool: s/get_x }
  - { id: b, tool: other/get_x }
  - { id: c, tool: s/create_y }
  - { id: d, tool: s/get_x }
  - { id: e, tool: other/get_x }
`);

    await simulation.run();

    expect(targets(simulation)).toEqual(['s/get_x', 'other/get_x', 's/create_y', 's/get_x']);
  });

  it('is of no use to another run unless the step says so', async () => {
    const simulation = await simulate(`
  - { id: a, tool: s/get_x }
  - { id: b, tool: s/get_y, cache: { ttl: 1h, scope: project } }
`);

    await simulation.run();
    await simulation.run();

    expect(targets(simulation)).toEqual(['s/get_x', 's/get_y', 's/get_x']);
  });

  it('is left aside where the run says so', async () => {
    const simulation = await simulate('  - { id: a, tool: s/get_x }\n  - { id: b, tool: s/get_x }', {
      options: { cache: false },
    });

    await simulation.run();

    expect(targets(simulation)).toEqual(['s/get_x', 's/get_x']);
  });
});
