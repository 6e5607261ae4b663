import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunOutcome } from '../../src/engine/parts.ts';
import type { RunEvent } from '../../src/model/events.ts';
import type { Json } from '../../src/model/json.ts';
import type { Workflow } from '../../src/model/workflow.ts';
import type { Answer, Effect, Script } from '../support/far-side.ts';
import { fault } from '../support/far-side.ts';
import { Simulation, workflowOf, type CrashPoint } from '../support/simulator.ts';

/**
 * Random workflows, and for each of them a crash just before and just after every single write to the journal.
 * Whatever the moment, the run ends as it would have ended, and the far side has seen what it should have seen.
 */
describe('a crash at any write of the journal', () => {
  it('changes neither the outcome nor, for keyed calls, the effects', async () => {
    await fc.assert(
      fc.asyncProperty(generatedWorkflow, async ({ yaml, script }) => {
        const workflow = await workflowOf(yaml);
        const uncut = new Simulation(workflow, { script });
        const expected = await uncut.run();
        for (let write = 1; write <= uncut.writes; write += 1) {
          await crashAndCompare(workflow, script, { write, when: 'before' }, { uncut, expected });
          await crashAndCompare(workflow, script, { write, when: 'after' }, { uncut, expected });
        }
      }),
      { numRuns: Number(process.env['RUNNER_FUZZ_RUNS'] ?? 60) },
    );
  });
});

async function crashAndCompare(
  workflow: Workflow,
  script: Script,
  crash: CrashPoint,
  { uncut, expected }: { readonly uncut: Simulation; readonly expected: RunOutcome },
): Promise<void> {
  const simulation = new Simulation(workflow, { script });
  let outcome = await simulation.runWithCrash(crash);
  while (outcome?.status === 'needs_attention') outcome = await decideAsAPerson(simulation);
  if (outcome === undefined) return;

  expect(outcome.status, `${crash.when} write ${crash.write}`).toBe(expected.status);
  expect(outcome.error?.kind).toBe(expected.error?.kind);
  expect(keysOf(simulation)).toEqual(keysOf(uncut));
  for (const [key, times] of countWrites(simulation)) expect(times, key).toBe(1);
  expect(simulation.events().filter(isQuestionAboutVerified)).toEqual([]);
}

/** A probe that tells the truth leaves nothing for a person to decide. */
function isQuestionAboutVerified(event: RunEvent): boolean {
  return event.type === 'attention.raised' && event.key.startsWith('v');
}

/** Looks at the far side's log, as a person would: has the interrupted call happened? */
async function decideAsAPerson(simulation: Simulation): Promise<RunOutcome> {
  const raised = simulation.events().findLast(({ type }) => type === 'attention.raised');
  const intended = simulation.events().findLast(({ type }) => type === 'attempt.intended');
  if (raised?.type !== 'attention.raised' || intended?.type !== 'attempt.intended') throw new Error('No attention.');
  const step = intended.key.replace(/[@#].*$/, '');
  const hasHappened = simulation.farSide.effects.some(({ key }) => key === intended.idempotencyKey);
  const { engine } = simulation.boot();
  const as = hasHappened ? ('done' as const) : ('retry' as const);
  return simulation.finish(await engine.resolve('run-1', { step, as, by: 'ann', output: { id: 'stated' } }));
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
    if (target.startsWith('s/create')) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

const kinds = fc.constantFrom(
  'get',
  'put',
  'create',
  'set',
  'wait',
  'log',
  'until',
  'guarded',
  'rescued',
  'flaky',
  'booked',
  'verified',
  'budgeted',
);

const generatedWorkflow = fc
  .record({
    kinds: fc.array(kinds, { minLength: 1, maxLength: 7 }),
    ending: fc.constantFrom('none', 'return', 'fail'),
    failFast: fc.boolean(),
    handlers: fc.boolean(),
  })
  .map(({ kinds, ending, failFast, handlers }) => {
    const steps = kinds.map((kind, index) => stepText(kind, index));
    if (ending === 'return') steps.push('  - return: { done: true }');
    if (ending === 'fail') steps.push('  - fail: { code: given_up, message: No more }');
    const more = handlers
      ? 'on_failure:\n  - { id: notice, tool: s/create_notice }\nfinally:\n  - { id: clean, tool: s/create_clean }\n'
      : '';
    return { yaml: `name: test\nfail_fast: ${failFast}\nsteps:\n${steps.join('\n')}\n${more}`, script };
  });

const lost = { fault: fault('http.503', { outcome: 'unknown' }) } satisfies Answer;

function hasSeen(target: string): (effects: readonly Effect[]) => Json {
  return (effects) => (effects.some((effect) => effect.target === target) ? { id: 'booked' } : null);
}

/** Keyed by tool; every step has tools of its own, so that the play does not depend on how often another was called. */
const script: Script = Object.fromEntries(
  Array.from({ length: 8 }, (_, index) => [
    [`s/get_flaky${index}`, [lost, lost, { output: { id: 'late' } }]],
    [`s/get_bad${index}`, [{ fault: fault('tool_error', { transient: false, outcome: 'failed' as const }) }]],
    [`s/create_gone${index}`, [{ ...lost, hasEffect: true }]],
    [`s/create_never${index}`, [lost, { output: { id: 'booked' } }]],
    [`s/get_gone${index}`, [lost, { tells: hasSeen(`s/create_gone${index}`) }]],
    [`s/get_never${index}`, [{ tells: hasSeen(`s/create_never${index}`) }]],
    [`s/get_booked${index}`, [{ tells: hasSeen(`s/create_booked${index}`) }]],
    [`s/create_lost${index}`, [{ fault: fault('connection', { outcome: 'unknown' }), hasEffect: true }]],
  ]).flat(),
);

function stepText(kind: string, n: number): string {
  switch (kind) {
    case 'get':
      return `  - { id: a${n}, tool: s/get_x${n}, params: { n: ${n} } }`;
    case 'put':
      return `  - { id: a${n}, tool: s/put_x${n}, effect: idempotent }`;
    case 'create':
      return `  - { id: a${n}, tool: s/create_x${n}, params: { n: ${n} } }`;
    case 'set':
      return `  - { id: a${n}, set: { id: "\${{ $uuid() }}" } }`;
    case 'wait':
      return `  - { id: a${n}, wait: 10m }`;
    case 'log':
      return `  - { id: a${n}, log: Now at ${n} }`;
    case 'until':
      return `  - { id: a${n}, tool: s/get_y${n}, until: "$a${n}.id = 's/get_y${n}-3' or $millis() > 1767226000000", every: 10s, timeout: 20m }`;
    case 'guarded':
      return `  - { id: a${n}, tool: s/get_bad${n}, continue_on_error: true }`;
    case 'rescued':
      return `  - { id: a${n}, tool: s/get_bad${n}, fallback: [{ tool: s/create_z${n} }] }`;
    case 'booked':
      return verifiedCall(n, 'booked', ', budget: { max: 1, per: 1h }, cost: 1');
    case 'verified':
      return verifiedCall(n, n % 2 === 0 ? 'gone' : 'never');
    case 'budgeted':
      return `  - { id: a${n}, tool: s/put_b${n}, effect: idempotent, budget: { max: 9, per: 1h }, cost: 1 }`;
    default:
      return n % 2 === 0
        ? `  - { id: a${n}, tool: s/get_flaky${n}, retry: { max: 3, delay: 5s } }`
        : `  - { id: a${n}, tool: s/create_lost${n}, continue_on_error: true }`;
  }
}

/** Its effect happens at most once; whether it has is known to the probe alone. */
function verifiedCall(n: number, fate: string, more = ''): string {
  return `  - { id: v${n}, tool: s/create_${fate}${n}, verify: { tool: s/get_${fate}${n} }${more} }`;
}
