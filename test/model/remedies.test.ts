import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/model/faults.ts';
import { remedyOf } from '../../src/model/remedies.ts';
import { mayHaveTakenEffect } from '../../src/model/run-view.ts';
import type { StepView } from '../../src/model/run-view.ts';

function fault(kind: string, more: Partial<Fault> = {}): Fault {
  return { kind, message: 'It went wrong', outcome: 'failed', transient: false, ...more };
}

describe('what to do about a fault', () => {
  it('is its own hint, where it has one', () => {
    expect(remedyOf(fault('timeout', { hint: 'Wait for the owl.' }))).toBe('Wait for the owl.');
  });

  it.each([
    ['timeout', 'attempt_timeout'],
    ['invalid_reply', 'proxy'],
    ['http.401', 'credentials'],
    ['http.422', 'parameters'],
    ['http.503', 'far side'],
  ])('of kind %s names the %s', (kind, word) => {
    expect(remedyOf(fault(kind))).toContain(word);
  });

  it('is nothing where the message says it all', () => {
    expect(remedyOf(fault('unknown_price'))).toBeUndefined();
  });
});

describe('a fault with an unknown outcome', () => {
  const lost = fault('timeout', { outcome: 'unknown' });

  it.each([
    ['read', false],
    ['idempotent', true],
    ['write', true],
  ] as const)('of a call that is %s may have changed something: %s', (effect, changed) => {
    expect(mayHaveTakenEffect(lost, stepThatMade(effect))).toBe(changed);
  });
});

function stepThatMade(effect: 'read' | 'idempotent' | 'write'): StepView {
  const attempts = [{ key: 'a', effect, number: 1, startedAt: 0 }];
  const fixed = { line: 1, polls: 0, tolerated: false, alternatives: [] };
  return { ...fixed, key: 'a', kind: 'tool', status: 'failed', attempts };
}
