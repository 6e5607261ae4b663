import type { RunEvent } from '../../src/model/events.ts';
import { stepKeyOf } from '../../src/model/keys.ts';
import { isFinal } from '../../src/model/states.ts';
import type { Simulation } from './simulator.ts';

/** Answers every open question of every run from the far side's log: has the interrupted call happened? */
export async function decideAllAsAPerson(simulation: Simulation): Promise<void> {
  for (const { id } of simulation.everyRun()) {
    for (let key = openQuestion(simulation, id); key !== undefined; key = openQuestion(simulation, id)) {
      await decideAsAPerson(simulation, id, key);
    }
  }
}

async function decideAsAPerson(simulation: Simulation, run: string, key: string): Promise<void> {
  const intended = simulation.journal
    .events(run)
    .findLast((event) => event.type === 'attempt.intended' && event.key === key);
  if (intended?.type !== 'attempt.intended') throw new Error(`Nobody intended ${key}.`);
  const hasHappened = simulation.farSide.effects.some((effect) => effect.key === intended.idempotencyKey);
  const { engine } = simulation.boot();
  const as = hasHappened ? ('done' as const) : ('retry' as const);
  await simulation.finish(await engine.resolve(run, { step: stepKeyOf(key), as, by: 'ann', output: { id: 'stated' } }));
}

/** The key of an attempt of which nobody knows whether it happened. */
function openQuestion({ journal }: Simulation, run: string): string | undefined {
  if (isFinal(journal.find(run).status)) return undefined;
  const open = new Set<string>();
  for (const event of journal.events(run)) note(open, event);
  return [...open][0];
}

function note(open: Set<string>, event: RunEvent): void {
  if (event.type === 'attention.raised') open.add(event.key);
  else if ('key' in event) open.delete(event.key);
}
