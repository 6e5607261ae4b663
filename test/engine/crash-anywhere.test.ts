import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunOutcome } from '../../src/engine/parts.ts';
import { decideAllAsAPerson } from '../support/person.ts';
import { generatedWorkflow } from '../support/generated-workflow.ts';
import { Simulation, withChildren, workflowOf, type CrashPoint } from '../support/simulator.ts';

const runs = Number(process.env['RUNNER_FUZZ_RUNS'] ?? 40);
/** Crashes for each workflow; all there are in a long run. */
const crashes = process.env['RUNNER_FUZZ_RUNS'] === undefined ? 16 : Number.POSITIVE_INFINITY;

/**
 * Random workflows over the whole language, and for each of them a crash just before and just after its writes to the
 * journal. Whatever the moment, the run ends as it would have ended, and the far side has seen what it should have seen.
 */
describe('a crash at any write of the journal', () => {
  it('changes neither the outcome nor, for keyed calls, the effects', { timeout: 3_600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(generatedWorkflow, fc.integer({ min: 0, max: 1_000 }), async (generated, shift) => {
        const { yaml, children, script } = generated;
        const workflow = await withChildren(await workflowOf(yaml), children);
        const begin = (): Simulation => new Simulation(workflow, { script });
        const uncut = begin();
        const expected = await uncut.run();
        for (const crash of crashPoints(uncut.writes, shift)) await crashAndCompare(begin, crash, { uncut, expected });
      }),
      { numRuns: runs },
    );
  });
});

/** Spread over the whole run, beginning somewhere. */
function crashPoints(writes: number, shift: number): readonly CrashPoint[] {
  const all = Array.from({ length: writes }, (_, index) => index + 1).flatMap((write): readonly CrashPoint[] => [
    { write, when: 'before' },
    { write, when: 'after' },
  ]);
  const stride = Math.max(1, Math.floor(all.length / crashes));
  return all.filter((_, index) => (index + shift) % stride === 0);
}

async function crashAndCompare(
  begin: () => Simulation,
  crash: CrashPoint,
  { uncut, expected }: { readonly uncut: Simulation; readonly expected: RunOutcome },
): Promise<void> {
  const simulation = begin();
  let outcome = await simulation.runWithCrash(crash);
  for (let round = 0; outcome?.status === 'needs_attention'; round += 1) {
    expect(round, 'questions that are never settled').toBeLessThan(50);
    await decideAllAsAPerson(simulation);
    outcome = await simulation.continueRun();
  }
  if (outcome === undefined) return;

  const at = `${crash.when} write ${crash.write}`;
  expect(outcome.status, at).toBe(expected.status);
  expect(outcome.error?.kind, at).toBe(expected.error?.kind);
  expect(outcome.error?.step, at).toBe(expected.error?.step);
  expect(keysOf(simulation), at).toEqual(keysOf(uncut));
  for (const [key, times] of countWrites(simulation)) expect(times, `${key} ${at}`).toBe(1);
  expect(repetitions(simulation), at).toEqual([]);
  expect(questionsAboutVerified(simulation), at).toEqual([]);
}

/** A probe that tells the truth leaves nothing for a person to decide. */
function questionsAboutVerified(simulation: Simulation): readonly string[] {
  return simulation
    .everyRun()
    .flatMap(({ events }) => events)
    .flatMap((event) => (event.type === 'attention.raised' ? [event.key] : []))
    .filter((key) => /(?:^|\.)v\d+/.test(key));
}

/** What is recorded as over and was begun again. */
function repetitions(simulation: Simulation): readonly string[] {
  return simulation.everyRun().flatMap(({ id, events }) => {
    const over = new Set<string>();
    return events.flatMap((event) => {
      if (event.type !== 'step.ended' && event.type !== 'attempt.intended' && event.type !== 'attempt.ended') return [];
      const isAgain = over.has(event.key);
      if (event.type !== 'attempt.intended') over.add(event.key);
      return isAgain ? [`${id} ${event.type} ${event.key}`] : [];
    });
  });
}

/** What was written, by key. How often something was read is nobody's business. */
function keysOf(simulation: Simulation): string[] {
  const writes = simulation.farSide.effects.filter(({ target }) => !target.startsWith('s/get'));
  return [...new Set(writes.map(({ key, target }) => `${target} ${key}`))].toSorted();
}

/** How often each write happened; reads and keyed idempotent calls may repeat. */
function countWrites(simulation: Simulation): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { key, target } of simulation.farSide.effects) {
    if (/^s\/(?:create|delete)/.test(target)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
