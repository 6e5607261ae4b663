import { describe, expect, it } from 'vitest';
import { simulate } from '../support/simulator.ts';

describe('decisions that are made while the disk is waited for', () => {
  it('are stored in the order in which they were made, and begin in that order', async () => {
    const simulation = await simulate(`
  - id: p
    parallel:
      a: { tool: s/put_a }
      b: { tool: s/put_b }
      c: { tool: s/put_c }
      d: { tool: s/put_d }
`);
    const append = simulation.journal.append.bind(simulation.journal);
    simulation.journal.append = async (...given) => {
      await new Promise((resolve) => setImmediate(resolve));
      return append(...given);
    };

    await simulation.run();

    const intents = simulation.events().flatMap((event) => (event.type === 'attempt.intended' ? [event.key] : []));
    expect(intents).toEqual(['p.a#1', 'p.b#1', 'p.c#1', 'p.d#1']);
    expect(simulation.farSide.calls.map(({ target }) => target)).toEqual(['s/put_a', 's/put_b', 's/put_c', 's/put_d']);
  });
});
