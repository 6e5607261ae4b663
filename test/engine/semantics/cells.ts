import { describe, expect, it } from 'vitest';
import type { RunHandle } from '../../../src/engine/engine.ts';
import type { StepEnded } from '../../../src/model/events.ts';
import type { Json } from '../../../src/model/json.ts';
import type { Vote } from '../../../src/model/requests.ts';
import { simulate, type Simulation, type SimulationOptions } from '../../support/simulator.ts';

/** One cell of a table of docs/semantics.md: what is written, what happens meanwhile, and how it ends. */
export interface Cell extends SimulationOptions {
  readonly fact: string;
  /** The list of steps, or the file's keys from `steps` on. */
  readonly yaml: string;
  /** Something that happens so many virtual milliseconds after the start. */
  readonly at?: Incident;
  /** Several such things, in order; each time counts from the start. */
  readonly meanwhile?: readonly Incident[];
  readonly ends: { readonly status: string; readonly output?: Json; readonly error?: object };
  /** How each step that has ended has ended, by key; a step that is missing here has not. */
  readonly states?: Readonly<Record<string, StepEnded['status']>>;
  /** Calls that were made, in order. */
  readonly calls?: readonly string[];
  /** What is tolerated at a step. */
  readonly failures?: Readonly<Record<string, readonly object[]>>;
  readonly takesMs?: number;
}

type Incident = readonly [afterMs: number, what: (handle: RunHandle, simulation: Simulation) => unknown];

/** A table of cells, each of them a test. */
export function cells(subject: string, table: readonly Cell[]): void {
  describe.each([subject])('%s', () => {
    it.each(table)('$fact', check);
  });
}

async function check(cell: Cell): Promise<void> {
  const { fact: _, yaml, at, meanwhile = at ? [at] : [], ends, states, calls, failures, takesMs, ...given } = cell;
  const simulation = await simulate(yaml, given);
  const begunAt = simulation.clock.now();

  const outcome = await play(simulation, meanwhile);

  expect(outcome).toMatchObject(ends);
  expect(states && statesOf(simulation)).toEqual(states);
  expect(calls && simulation.farSide.calls.map(({ target }) => target)).toEqual(calls);
  expect(failures && failuresOf(simulation)).toEqual(failures);
  expect(takesMs && simulation.clock.now() - begunAt).toBe(takesMs);
  expect(simulation.farSide.inFlight).toBe(0);
}

async function play(simulation: Simulation, incidents: readonly Incident[]): Promise<unknown> {
  const { engine } = simulation.boot();
  const begunAt = simulation.clock.now();
  const handle = await simulation.start(engine);
  for (const [afterMs, what] of incidents) {
    await simulation.clock.advance(begunAt + afterMs - simulation.clock.now());
    await what(handle, simulation);
  }
  return simulation.finish(handle);
}

/** How steps have ended, by key. */
export function statesOf(simulation: Simulation): Record<string, StepEnded['status']> {
  return Object.fromEntries([...endsOf(simulation)].map(([key, { status }]) => [key, status]));
}

/** What was tolerated, without the messages, by step. */
function failuresOf(simulation: Simulation): Cell['failures'] {
  const tolerant = [...endsOf(simulation)].filter(([, { failures }]) => failures !== undefined);
  return Object.fromEntries(
    tolerant.map(([key, { failures = [] }]) => [
      key,
      failures.map(({ index, branch, code }) => ({ index, ...(branch && { branch }), code })),
    ]),
  );
}

export function endsOf(simulation: Simulation): ReadonlyMap<string, StepEnded> {
  const ends = simulation.events().filter((event) => event.type === 'step.ended');
  return new Map(ends.map((event) => [event.key, event]));
}

/** Asks for the end of the run, so many milliseconds after its start. */
export function cancelledAfter(afterMs: number): Incident {
  return [afterMs, (handle) => handle.cancel('ann')];
}

/** Somebody sends an event. */
export function sent(afterMs: number, name: string, payload: Json = null): Incident {
  return [afterMs, (_, { journal }) => journal.sendSignal({ name, payload, by: 'ann', keepMs: dayMs })];
}

const dayMs = 24 * 60 * 60 * 1_000;

/** Somebody decides about an approval, as it is asked now. */
export function voted(afterMs: number, by: string, vote: Partial<Vote> = {}): Incident {
  return [
    afterMs,
    (handle, simulation) => {
      const asked = simulation.events().findLast((event) => event.type === 'approval.requested');
      if (asked?.type !== 'approval.requested') throw new Error('Nobody is asked.');
      const { key: step, binding } = asked;
      handle.decide({ kind: 'decide', step, binding: binding.hash, approved: true, by, ...vote });
    },
  ];
}
