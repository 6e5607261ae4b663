import { describe, expect, it } from 'vitest';
import { decideAllAsAPerson } from '../support/person.ts';
import { simulate, type Simulation } from '../support/simulator.ts';

/** Runs it with a crash after each of its writes, one after the other, and goes on in a new process each time. */
async function afterEachCrash(begin: () => Promise<Simulation>): Promise<readonly Simulation[]> {
  const uncut = await begin();
  await uncut.run();
  expect(uncut.writes).toBeGreaterThan(3);
  const cut: Simulation[] = [];
  for (let write = 1; write < uncut.writes; write += 1) {
    const simulation = await begin();
    const outcome = await simulation.runWithCrash({ write, when: 'after' });
    if (outcome?.status === 'needs_attention') await decideAllAsAPerson(simulation);
    await simulation.continueRun();
    cut.push(simulation);
  }
  return cut;
}

function targetsOf({ farSide }: Simulation): readonly string[] {
  return farSide.calls.map(({ target }) => target);
}

describe('a crash in a block', () => {
  it('keeps the fault that came first', async () => {
    const cut = await afterEachCrash(() =>
      simulate(`
fail_fast: false
steps:
  - id: p
    parallel:
      late: { tool: s/get_late, params: { takes: 3000, fails: tool_error } }
      early: { tool: s/get_early, params: { takes: 1000, fails: http.404 } }
      last: { tool: s/get_last, params: { takes: 9000 } }
`),
    );

    const ends = cut.map((simulation) => simulation.events().at(-1));
    for (const end of ends) expect(end).toMatchObject({ type: 'run.ended', error: { step: 'p.early' } });
  });

  it('compensates what had succeeded before it', async () => {
    const cut = await afterEachCrash(() =>
      simulate(`
steps:
  - { id: a, tool: s/put_a, undo: { tool: s/put_a_back } }
  - { id: pause, wait: 10s }
  - { id: b, tool: s/get_b, params: { fails: tool_error } }
on_failure: undo
`),
    );

    for (const simulation of cut) expect(targetsOf(simulation)).toContain('s/put_a_back');
  });

  it('goes on with the child run that was begun', async () => {
    const children = { child: 'name: child\nsteps: [{ tool: s/put_x }, { wait: 10s }, { tool: s/put_y }]\n' };
    const cut = await afterEachCrash(() => simulate('  - { id: c, workflow: child }\n', { children }));

    for (const simulation of cut) expect(simulation.everyRun()).toHaveLength(2);
  });
});
