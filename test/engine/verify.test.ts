import { describe, expect, it } from 'vitest';
import type { RunOutcome } from '../../src/engine/parts.ts';
import { fault, type Answer, type Script } from '../support/far-side.ts';
import { simulate, type CrashPoint, type Simulation } from '../support/simulator.ts';

/** The effect happens, and the process dies before it can record the outcome. */
const inFlight: CrashPoint = { write: 2, when: 'before' };
const lost: Answer = { fault: fault('connection', { outcome: 'unknown' }), hasEffect: true };
const broken: Answer = { fault: fault('tool_error', { outcome: 'failed', transient: false }) };
const yes: Answer = { output: { id: 'found' } };
const no: Answer = { output: null };

const step = (more = '', effect = 'write'): string =>
  `  - { id: a, tool: s/create_x, effect: ${effect}, verify: { tool: s/get_x, retry: none }${more} }`;

const simulated = (probe: Answer, given: { more?: string; effect?: string; call?: readonly Answer[] } = {}) =>
  simulate(step(given.more, given.effect), {
    script: { 's/get_x': [probe], ...(given.call ? { 's/create_x': given.call } : {}) },
  });

function calls(simulation: Simulation): string[] {
  return simulation.farSide.calls.map(({ target }) => target.slice('s/'.length));
}

function verdicts(simulation: Simulation): string[] {
  return simulation.events().flatMap((event) => (event.type === 'attempt.verified' ? [event.verdict] : []));
}

async function judged(happened: string, output: Answer): Promise<RunOutcome> {
  const script = { 's/create_x': [lost], 's/get_x': [output] };
  const verify = `{ tool: s/get_x, happened: "${happened}" }`;
  const simulation = await simulate(`  - { id: a, tool: s/create_x, retry: none, verify: ${verify} }`, { script });
  return simulation.run();
}

/** outcome of the call × what the probe says × the step's own retry × on_interrupt → what happens. */
describe('a call whose answer was lost', () => {
  it('has succeeded with the answer of the probe, where that says yes', async () => {
    const simulation = await simulated(yes, { call: [lost] });

    expect(await simulation.run()).toEqual({ status: 'succeeded', output: { id: 'found' } });
    expect(calls(simulation)).toEqual(['create_x', 'get_x']);
    expect(verdicts(simulation)).toEqual(['happened']);
  });

  it('is repeated by the usual rule, where the probe says no', async () => {
    const simulation = await simulated(no, { call: [lost, { output: 2 }] });

    expect(await simulation.run()).toEqual({ status: 'succeeded', output: 2 });
    expect(calls(simulation)).toEqual(['create_x', 'get_x', 'create_x']);
    const keys = simulation.farSide.calls.filter(({ target }) => target === 's/create_x');
    expect(new Set(keys.map(({ context }) => context.idempotencyKey)).size).toBe(1);
  });

  it('fails as not executed, where the probe says no and no repetition is allowed', async () => {
    const simulation = await simulated(no, { call: [lost], more: ', retry: none' });

    expect((await simulation.run()).error).toMatchObject({ kind: 'connection', outcome: 'not_executed' });
  });

  it('goes to any alternative, where the probe says no', async () => {
    const more = ', retry: none, fallback: [{ tool: s/create_y }]';
    const simulation = await simulated(no, { call: [lost], more });

    expect(await simulation.run()).toMatchObject({ status: 'succeeded' });
    expect(calls(simulation)).toEqual(['create_x', 'get_x', 'create_y']);
  });

  it('fails in doubt, where the probe fails and the step has no retry of its own', async () => {
    const simulation = await simulated(broken, { call: [lost], more: ', fallback: [{ tool: s/create_y }]' });

    expect((await simulation.run()).error).toMatchObject({ kind: 'connection', outcome: 'unknown' });
    expect(calls(simulation)).toEqual(['create_x', 'get_x']);
    expect(verdicts(simulation)).toEqual(['unknown']);
  });

  it('is repeated where the probe fails and the step has its own retry', async () => {
    const simulation = await simulated(broken, { call: [lost, { output: 2 }], more: ', retry: 1' });

    expect(await simulation.run()).toEqual({ status: 'succeeded', output: 2 });
  });

  it('is repeated where the probe fails and the call is idempotent', async () => {
    const simulation = await simulated(broken, { call: [lost, { output: 2 }], effect: 'idempotent' });

    expect(await simulation.run()).toEqual({ status: 'succeeded', output: 2 });
  });

  it('is looked after each time', async () => {
    const script: Script = { 's/create_x': [lost, lost], 's/get_x': [no, yes] };
    const simulation = await simulate(step(), { script });

    expect(await simulation.run()).toMatchObject({ status: 'succeeded' });
    expect(verdicts(simulation)).toEqual(['not_happened', 'happened']);
    const probes = simulation.events().flatMap((event) => (event.type === 'attempt.verified' ? [event.probe] : []));
    expect(probes).toEqual(['a/verify', 'a/verify[2]']);
  });

  it('has succeeded also when the time of the step is over by then', async () => {
    const simulation = await simulated(yes, { call: [{ hang: true }], more: ', timeout: 5s' });

    expect(await simulation.run()).toMatchObject({ status: 'succeeded' });
  });

  it('is not looked after where the run is cancelled', async () => {
    const simulation = await simulated(yes, { call: [{ hang: true }] });
    const handle = await simulation.start(simulation.boot().engine);
    await simulation.clock.advance(1_000);

    handle.cancel('ann');

    expect(await simulation.finish(handle)).toEqual({ status: 'cancelled' });
    expect(calls(simulation)).toEqual(['create_x']);
  });
});

describe('a call with another outcome', () => {
  it('is not looked after when it succeeded', async () => {
    const simulation = await simulated(yes);

    await simulation.run();

    expect(calls(simulation)).toEqual(['create_x']);
  });

  it('is not looked after when it surely failed', async () => {
    const simulation = await simulated(yes, { call: [broken] });

    expect((await simulation.run()).error?.kind).toBe('tool_error');
    expect(calls(simulation)).toEqual(['create_x']);
  });
});

describe('a call that a crash cut off', () => {
  it('has succeeded with the answer of the probe, where that says yes', async () => {
    const simulation = await simulated(yes);

    expect(await simulation.runWithCrash(inFlight)).toEqual({ status: 'succeeded', output: { id: 'found' } });
    expect(calls(simulation)).toEqual(['create_x', 'get_x']);
  });

  it.each(['ask', 'fail', 'retry'])('is made again where the probe says no, with on_interrupt: %s', async (rule) => {
    const simulation = await simulated(no, { more: `, retry: none, on_interrupt: ${rule}` });

    expect(await simulation.runWithCrash(inFlight)).toMatchObject({ status: 'succeeded' });
    expect(calls(simulation)).toEqual(['create_x', 'get_x', 'create_x']);
  });

  it('is made again where the probe fails and it is idempotent', async () => {
    const simulation = await simulated(broken, { effect: 'idempotent' });

    expect(await simulation.runWithCrash(inFlight)).toMatchObject({ status: 'succeeded' });
  });

  it('waits for a person where the probe fails, also with a retry of its own', async () => {
    const simulation = await simulated(broken, { more: ', retry: 3' });

    expect(await simulation.runWithCrash(inFlight)).toEqual({ status: 'needs_attention' });
  });

  it('is made again where the probe fails, with on_interrupt: retry', async () => {
    const simulation = await simulated(broken, { more: ', on_interrupt: retry' });

    expect(await simulation.runWithCrash(inFlight)).toMatchObject({ status: 'succeeded' });
  });

  it('fails in doubt where the probe fails, with on_interrupt: fail', async () => {
    const simulation = await simulated(broken, { more: ', on_interrupt: fail' });

    const outcome = await simulation.runWithCrash(inFlight);

    expect(outcome?.error).toMatchObject({ kind: 'outcome_unknown', outcome: 'unknown' });
    expect(calls(simulation)).toEqual(['create_x', 'get_x']);
  });

  it('is looked after again when a run that waits for a person is resumed', async () => {
    const simulation = await simulate(step(), { script: { 's/get_x': [broken, yes] } });
    await simulation.runWithCrash(inFlight);

    expect(await simulation.continueRun()).toEqual({ status: 'succeeded', output: { id: 'found' } });
    expect(verdicts(simulation)).toEqual(['unknown', 'happened']);
  });

  it('is what a person has said, without another look', async () => {
    const simulation = await simulated(broken);
    await simulation.runWithCrash(inFlight);

    await simulation.finish(
      await simulation.boot().engine.resolve('run-1', { step: 'a', as: 'done', by: 'ann', output: 'stated' }),
    );

    expect(verdicts(simulation)).toEqual(['unknown']);
  });
});

describe('happened', () => {
  it('decides over the answer of the probe', async () => {
    const answer = { output: { state: 'paid' } };

    expect(await judged("$result.state = 'paid'", answer)).toMatchObject({ status: 'succeeded' });
    expect((await judged("$result.state = 'open'", answer)).error?.outcome).toBe('not_executed');
  });

  it('leaves the doubt where it cannot be decided', async () => {
    expect((await judged("$result.state = 'paid'", { output: {} })).error?.outcome).toBe('unknown');
  });

  it.each([null, false, 0, '', [], {}])('is no for %j, where it is left out', async (output) => {
    const simulation = await simulated({ output }, { call: [lost], more: ', retry: none' });

    await simulation.run();

    expect(verdicts(simulation)).toEqual(['not_happened']);
  });
});

describe('a call that its probe has decided about', () => {
  it('gives its place in the budget back and costs nothing, where it did not happen', async () => {
    const simulation = await simulated(no, {
      call: [lost],
      more: ', retry: none, cost: 1, budget: { max: 3, per: 1h }',
    });

    await simulation.run();

    expect(simulation.journal.ledger.budgets('', simulation.clock.now())).toMatchObject([{ used: 0 }]);
    expect(simulation.journal.ledger.costs('')).toEqual([]);
  });

  it('counts where it happened or may have', async () => {
    for (const probe of [yes, broken]) {
      const simulation = await simulated(probe, { call: [lost], more: ', cost: 1, budget: { max: 3, per: 1h }' });

      await simulation.run();

      expect(simulation.journal.ledger.budgets('', simulation.clock.now())).toMatchObject([{ used: 1 }]);
      expect(simulation.journal.ledger.costs('')).toMatchObject([{ amount: 1 }]);
    }
  });
});
