import { describe, expect, it } from 'vitest';
import type { Effect } from '../../bench/effect-server.mjs';
import type { RunEvent } from '../../src/model/events.ts';
import { audit } from './auditor.ts';
import type { Evidence } from './evidence.ts';
import type { Scenario } from './scenario.ts';

const scenario: Scenario = {
  name: 'pay',
  yaml: '',
  ends: { status: 'succeeded' },
  effects: ['charge'],
  always: [],
};

const intended: RunEvent = { type: 'attempt.intended', at: 2, key: 'charge#1', effect: 'write', idempotencyKey: 'k1' };
const attemptEnded: RunEvent = { type: 'attempt.ended', at: 4, key: 'charge#1', durationMs: 2 };

const history: readonly RunEvent[] = [
  { type: 'run.started', at: 1, workflow: 'pay', definition: 'd', inputs: {}, options: { dryRun: false, cache: true } },
  intended,
  attemptEnded,
  { type: 'step.ended', at: 4, key: 'charge', kind: 'tool', status: 'succeeded', attempts: 1, durationMs: 2 },
  { type: 'run.ended', at: 5, status: 'succeeded' },
];

const charged: Effect = {
  at: 3,
  type: 'effect',
  tool: 'plain_write',
  key: 'k1',
  run: 'r1',
  step: 'charge',
  params: { run: 'r1', step: 'charge', promised: 'once' },
  effect: 1,
};

function evidence(events: readonly RunEvent[], effects: readonly Effect[], status = 'succeeded'): Evidence {
  return { integrity: 'ok', effects, runs: [{ id: 'r1', workflow: 'pay', status, events }] };
}

function failedHistory(): readonly RunEvent[] {
  const error = {
    kind: 'timeout',
    message: 'late',
    outcome: 'unknown',
    transient: false,
    step: 'charge',
    attempts: 1,
  };
  return [...history.slice(0, -1), { type: 'run.ended', at: 5, status: 'failed', error } as RunEvent];
}

function findings(given: Evidence): readonly string[] {
  return audit(given, [scenario]);
}

describe('the auditor', () => {
  it('has nothing to say about a run that kept its word', () => {
    expect(findings(evidence(history, [charged]))).toEqual([]);
  });

  it('finds an effect that is missing', () => {
    expect(findings(evidence(history, []))).toEqual([
      'Run r1: charge#1 is recorded as done, and the far side knows nothing of it.',
      'Run r1 (pay) has ended, and "charge" never happened.',
    ]);
  });

  it('finds an effect that happened twice', () => {
    const again = history.toSpliced(1, 0, intended);

    expect(findings(evidence(again, [charged, { ...charged, effect: 2 }]))).toEqual([
      'r1 charge (plain_write) (once) happened 2 times.',
    ]);
  });

  it('finds an effect that happened twice under two keys', () => {
    const other: RunEvent = { ...intended, idempotencyKey: 'k2' };

    expect(findings(evidence(history.toSpliced(1, 0, other), [charged, { ...charged, key: 'k2', effect: 2 }]))).toEqual(
      ['r1 charge (plain_write) (once) happened 2 times.'],
    );
  });

  it('finds a call that nobody had recorded before', () => {
    const stray: Effect = { ...charged, key: 'k2', step: 'other', effect: 2 };

    expect(findings(evidence(history, [charged, stray]))).toEqual([
      'r1 other (plain_write): 1 calls, and 0 recorded intents.',
    ]);
  });

  it('finds a call that was made again after its recorded end', () => {
    const again = history.toSpliced(3, 0, intended);

    expect(findings(evidence(again, [charged]))).toEqual([
      'Run r1: attempt.intended of charge#1 after its recorded end.',
    ]);
  });

  it('finds a repetition that changed its mind', () => {
    const again = history.toSpliced(1, 0, intended);
    const repeat: Effect = { ...charged, type: 'repeat', effect: null, params: { ...charged.params, amount: 2 } };

    expect(findings(evidence(again, [charged, repeat]))).toEqual([
      'r1 charge (plain_write) was called with different params under one key.',
    ]);
  });

  it('finds a run that never ended', () => {
    expect(findings(evidence(history.slice(0, -1), [charged], 'running'))).toEqual([
      'Run r1 (pay) is running and its last event is step.ended.',
    ]);
  });

  it('finds a run that ended as it should not', () => {
    const failed = failedHistory();

    expect(findings(evidence(failed, [charged], 'failed'))).toEqual(['Run r1 (pay) ended as failed at charge: late']);
  });

  it('finds a call inside a block that had ended', () => {
    const blockEnded: RunEvent = {
      type: 'step.ended',
      at: 2,
      key: 'each',
      kind: 'for_each',
      status: 'succeeded',
      attempts: 0,
      durationMs: 1,
    };
    const late: RunEvent = { ...intended, key: 'each[0].charge#1' };

    expect(findings(evidence(history.toSpliced(4, 0, blockEnded, late), [charged]))).toEqual([
      'Run r1: attempt.intended of each[0].charge#1 after its recorded end.',
    ]);
  });

  it('lets a compensation follow its step, and finds one of something that never happened', () => {
    const undo: RunEvent = { ...intended, key: 'charge/undo#1', idempotencyKey: 'k2' };
    const uncharged: Effect = {
      ...charged,
      key: 'k2',
      step: 'uncharge',
      effect: 2,
      params: { ...charged.params, step: 'uncharge', undoes: 'charge' },
    };
    const events = history.toSpliced(4, 0, undo);

    expect(findings(evidence(events, [charged, uncharged]))).toEqual([]);
    expect(findings(evidence(events, [uncharged, charged]))).toEqual([
      'r1 uncharge (plain_write) takes back "charge", which had not happened.',
    ]);
  });

  it('expects nothing of a run whose child a person has given up', () => {
    const child = {
      id: 'c1',
      workflow: 'part',
      status: 'failed',
      events: [
        { ...history[0], workflow: 'part', parent: { run: 'r1', key: 'part' } },
        { type: 'attention.resolved', at: 3, key: 'work', as: 'failed', by: 'ann' },
        { type: 'run.ended', at: 4, status: 'failed' },
      ] as readonly RunEvent[],
    };
    const parent = { id: 'r1', workflow: 'pay', status: 'failed', events: failedHistory() };

    expect(audit({ integrity: 'ok', effects: [charged], runs: [parent] }, [scenario])).toHaveLength(1);
    expect(audit({ integrity: 'ok', effects: [charged], runs: [parent, child] }, [scenario])).toEqual([]);
  });
});
