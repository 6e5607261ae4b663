import { describe, expect, it } from 'vitest';
import { simulate, type Simulation } from '../support/simulator.ts';

/** Storing takes so long that a short timer is over when it is durable. */
function slowToStore(simulation: Simulation): Simulation {
  const { journal, clock } = simulation;
  const append = journal.append.bind(journal);
  return Object.assign(simulation, {
    journal: Object.assign(journal, {
      append: async (...given: Parameters<typeof journal.append>) => {
        await clock.advance(50);
        return append(...given);
      },
    }),
  });
}

describe('a timer that is over as soon as it is recorded', () => {
  it('lets the run go on', async () => {
    const simulation = slowToStore(await simulate('  - { wait: 10s }\n  - { wait: 10ms }\n  - { tool: s/put_x }\n'));

    expect(await simulation.run()).toMatchObject({ status: 'succeeded' });
  });

  it('lets a child run go on, and its parent is not given back', async () => {
    const children = { child: 'name: child\nsteps: [{ tool: s/get_a }, { wait: 10ms }, { tool: s/put_x }]\n' };
    const simulation = slowToStore(await simulate('  - { id: c, workflow: child }\n', { children }));

    expect(await simulation.runUntilParked()).toMatchObject({ status: 'succeeded' });
  });
});
