import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryBreakers } from '../../src/adapters/memory/breakers.ts';
import { Breakers, type Passage } from '../../src/engine/policies/breaker.ts';
import type { StepResult } from '../../src/model/actions.ts';
import type { Fault } from '../../src/model/faults.ts';
import type { BreakerPolicy } from '../../src/model/policies.ts';
import { fault } from '../support/far-side.ts';

const policy: BreakerPolicy = { failures: 2, withinMs: 60_000, openForMs: 10_000, key: 'render/restart' };
const byRate: BreakerPolicy = {
  key: 'render/restart',
  rate: { share: 0.5, minimum: 4 },
  withinMs: 60_000,
  openForMs: 10_000,
};
const inARow: BreakerPolicy = { consecutive: 3, withinMs: 60_000, openForMs: 10_000, key: 'render/restart' };
const leaseMs = 30_000;
const succeeds: StepResult = { ok: true, output: 1 };
const fails = (kind: string, more: Partial<Fault> = {}): StepResult => ({ ok: false, fault: fault(kind, more) });

/** Breakers on a clock of their own; several over one store are several processes. */
function breakersAt(start = 1_000_000, store = createMemoryBreakers()) {
  let now = start;
  const breakers = new Breakers(store, { now: () => now, until: () => Promise.resolve() });
  const enter = (own = policy): Passage | Fault => breakers.enter(own, leaseMs);
  return {
    store,
    enter,
    breakers,
    passes: (ms: number) => void (now += ms),
    /** How a call ends that would give `result`. */
    call: (result: StepResult, own = policy): string => {
      const passage = enter(own);
      if ('outcome' in passage) return passage.kind;
      breakers.leave(passage, result);
      return result.ok ? 'ok' : result.fault.kind;
    },
  };
}

describe('a circuit breaker', () => {
  it('opens after its failures and calls nothing while it is open', () => {
    const { call } = breakersAt();

    call(fails('connection'));
    call(fails('http.503'));

    expect(call(succeeds)).toBe('circuit_open');
  });

  it('is shared with other processes and survives a restart', () => {
    const { store, call } = breakersAt();
    call(fails('timeout'));
    breakersAt(1_000_000, store).call(fails('timeout'));

    expect(breakersAt(1_000_000, store).call(succeeds)).toBe('circuit_open');
  });

  it('lets one call through after its time and closes when that succeeds', () => {
    const { call, passes } = breakersAt();
    call(fails('connection'));
    call(fails('connection'));
    passes(11_000);

    expect(call(succeeds)).toBe('ok');
    expect(call(fails('connection'))).toBe('connection');
    expect(call(succeeds)).toBe('ok');
  });

  it('opens for as long again when the call that tries it fails', () => {
    const { call, passes } = breakersAt();
    call(fails('connection'));
    call(fails('connection'));
    passes(11_000);

    expect(call(fails('connection'))).toBe('connection');
    passes(9_000);
    expect(call(succeeds)).toBe('circuit_open');
    passes(1_000);
    expect(call(succeeds)).toBe('ok');
  });

  it('lets exactly one call try it, over all processes', () => {
    const { store, call, passes, enter, breakers } = breakersAt();
    call(fails('connection'));
    call(fails('connection'));
    passes(10_000);
    const other = breakersAt(1_010_000, store);

    const probe = enter();

    expect(probe).toMatchObject({ isProbe: true });
    expect(call(succeeds)).toBe('circuit_open');
    expect(other.call(succeeds)).toBe('circuit_open');
    if ('isProbe' in probe) breakers.leave(probe, succeeds);
    expect(other.call(succeeds)).toBe('ok');
  });

  it('lets another call try it when the one that did was never made', () => {
    const { call, passes, enter, breakers } = breakersAt();
    call(fails('connection'));
    call(fails('connection'));
    passes(10_000);
    const probe = enter();

    if ('isProbe' in probe) breakers.leave(probe, undefined);

    expect(enter()).toMatchObject({ isProbe: true });
  });

  it('lets another call try it when the process of the one that did has died', () => {
    const { call, passes, enter } = breakersAt();
    call(fails('connection'));
    call(fails('connection'));
    passes(10_000);
    enter();

    passes(leaseMs);

    expect(enter()).toMatchObject({ isProbe: true });
  });

  it('does not stay open for longer when the clock is set back', () => {
    const { store, call } = breakersAt();
    call(fails('connection'));
    call(fails('connection'));
    const later = breakersAt(1_000_000 - 86_400_000, store);

    expect(later.call(succeeds)).toBe('circuit_open');
    later.passes(10_000);
    expect(later.call(succeeds)).toBe('ok');
  });

  it('does not wait for a lost probe for longer when the clock is set back to before it began', () => {
    const { call, enter, passes } = breakersAt();
    call(fails('connection'));
    call(fails('connection'));
    passes(3_600_000);
    expect(enter()).toMatchObject({ isProbe: true });
    passes(-3_590_000);

    expect(call(succeeds)).toBe('circuit_open');
    passes(leaseMs);
    expect(call(succeeds)).toBe('ok');
  });

  it('forgets failures that are older than its window', () => {
    const { call, passes } = breakersAt();
    call(fails('connection'));
    passes(61_000);
    call(fails('connection'));

    expect(call(succeeds)).toBe('ok');
  });

  it('is not changed by calls that began before it opened', () => {
    const { call, enter, breakers } = breakersAt();
    const early = enter();
    call(fails('connection'));
    call(fails('connection'));

    if ('isProbe' in early) breakers.leave(early, succeeds);

    expect(call(succeeds)).toBe('circuit_open');
  });

  it.each(['http.404', 'rate_limited', 'tool_error', 'http.409'])('is never opened by %s', (kind) => {
    const { call } = breakersAt();

    for (let count = 0; count < 5; count += 1) call(fails(kind));

    expect(call(succeeds)).toBe('ok');
  });

  it('keeps other keys apart', () => {
    const { call } = breakersAt();
    call(fails('connection'));
    call(fails('connection'));

    expect(call(succeeds, { ...policy, key: 'render/other' })).toBe('ok');
  });

  it('says who opened it, until when, and how it is closed', () => {
    const { store, enter } = breakersAt();
    store.update(policy.key, () => ({ state: 'open', since: 1_000_000, until: 1_600_000, failures: 0, by: 'ann' }));

    expect(enter()).toMatchObject({
      kind: 'circuit_open',
      outcome: 'not_executed',
      message: 'The circuit "render/restart" was opened by ann; it is tried again in 10m 00s. Nothing was called.',
      hint: expect.stringContaining('runner breakers close render/restart'),
    });
  });

  it('stays open without end where a person said no time', () => {
    const { store, call, passes } = breakersAt();
    store.update(policy.key, () => ({ state: 'open', since: 1_000_000, failures: 0, by: 'ann' }));

    passes(86_400_000 * 30);

    expect(call(succeeds)).toBe('circuit_open');
  });
});

describe('a circuit breaker with a failure rate', () => {
  it('opens when so large a share of the calls has failed', () => {
    const { call } = breakersAt();
    call(succeeds, byRate);
    call(succeeds, byRate);
    call(fails('connection'), byRate);

    expect(call(fails('connection'), byRate)).toBe('connection');
    expect(call(succeeds, byRate)).toBe('circuit_open');
  });

  it('says nothing of fewer calls than its minimum', () => {
    const { call } = breakersAt();

    for (let count = 0; count < 3; count += 1) call(fails('connection'), byRate);

    expect(call(succeeds, byRate)).toBe('ok');
  });

  it('forgets calls that are older than its window', () => {
    const { call, passes } = breakersAt();
    for (let count = 0; count < 3; count += 1) call(fails('connection'), byRate);
    passes(60_000);

    expect(call(fails('connection'), byRate)).toBe('connection');
    expect(call(succeeds, byRate)).toBe('ok');
  });

  it('keeps its count small however many calls there are', () => {
    const { store, call, passes } = breakersAt();

    for (let count = 0; count < 2_000; count += 1) {
      call(succeeds, byRate);
      passes(97);
    }

    expect(JSON.stringify(store.load(policy.key)).length).toBeLessThan(1_000);
  });
});

/** How one more call ends after these. */
function after(calls: readonly StepResult[], own = inARow): string {
  const { call } = breakersAt();
  for (const result of calls) call(result, own);
  return call(succeeds, own);
}

describe('a circuit breaker that counts failures in a row', () => {
  const down = fails('connection');
  it('opens after so many, however far apart they are', () => {
    const { call, passes } = breakersAt();
    for (const _ of [1, 2, 3]) {
      call(down, inARow);
      passes(3_000);
    }
    expect(call(succeeds, inARow)).toBe('circuit_open');

    const slow = breakersAt();
    for (const _ of [1, 2, 3]) {
      slow.passes(86_400_000);
      slow.call(down, inARow);
    }
    expect(slow.call(succeeds, inARow)).toBe('circuit_open');
  });

  it('is forgiven all of them by a success, and by a refusal that shows the target healthy', () => {
    expect(after([down, down, succeeds, down, down])).toBe('ok');
    expect(after([down, down, fails('http.404', { outcome: 'failed' }), down, down])).toBe('ok');
    expect(after([down, down, fails('cancelled'), down])).toBe('circuit_open');
  });

  it('is not forgiven by a success where failures within a window count', () => {
    expect(after([down, succeeds, down], policy)).toBe('circuit_open');
  });

  it('begins anew when the call that tries it succeeds', () => {
    const { call, passes, store } = breakersAt();
    for (const _ of [1, 2, 3]) call(down, inARow);
    passes(11_000);

    expect(call(succeeds, inARow)).toBe('ok');
    expect(store.list()).toEqual([]);
    expect([call(down, inARow), call(down, inARow), call(succeeds, inARow)]).toEqual([
      'connection',
      'connection',
      'ok',
    ]);
  });

  it('goes together with a rate: whichever comes first', () => {
    const both: BreakerPolicy = { ...byRate, consecutive: 3 };

    expect(after([down, down, down], both)).toBe('circuit_open');
    expect(after([down, succeeds, down, succeeds], both)).toBe('ok');
    expect(after([down, succeeds, succeeds, down], both)).toBe('circuit_open');
  });

  it('is counted over all processes', () => {
    const { store, call } = breakersAt();
    call(down, inARow);
    breakersAt(1_000_000, store).call(down, inARow);
    call(down, inARow);

    expect(breakersAt(1_000_000, store).call(succeeds, inARow)).toBe('circuit_open');
  });

  it('writes nothing for a success after which nothing is to be forgiven', () => {
    const store = createMemoryBreakers();
    let writes = 0;
    const update: typeof store.update = (key, change) => {
      writes += 1;
      store.update(key, change);
    };
    const { call } = breakersAt(1_000_000, { ...store, update });

    for (const _ of [1, 2, 3]) call(succeeds, inARow);
    expect(writes).toBe(0);
    call(down, inARow);
    call(succeeds, inARow);
    expect(writes).toBe(2);
    expect(store.list()).toEqual([]);
  });
});

describe('any sequence of calls and waits', () => {
  it('never has two calls trying one circuit, and never wedges it', () => {
    const actions = fc.array(
      fc.oneof(fc.constantFrom('enter', 'ok', 'fail', 'lost'), fc.integer({ min: -50_000, max: 50_000 })),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(actions, (steps) => {
        const { enter, breakers, passes, call } = breakersAt();
        let probes = 0;
        const open: Passage[] = [];
        for (const step of steps) {
          if (typeof step === 'number') {
            passes(step);
            // Leases may be over, or the clock may have been set back: then the count begins anew.
            probes = 0;
            open.length = 0;
            continue;
          }
          const passage = step === 'enter' ? enter() : open.pop();
          if (passage === undefined || 'outcome' in passage) continue;
          if (step === 'enter') open.push(passage);
          if (passage.isProbe) probes += step === 'enter' ? 1 : -1;
          if (step === 'ok') breakers.leave(passage, succeeds);
          if (step === 'fail') breakers.leave(passage, fails('connection'));
          if (step === 'lost') breakers.leave(passage, undefined);
          expect(probes).toBeLessThanOrEqual(1);
        }
        // Whoever asks now waits for a probe's lease or for the open time, wherever the clock stands. A clock that was
        // set back and has caught up while nobody asked cannot be noticed.
        call(succeeds);
        passes(Math.max(policy.openForMs, leaseMs));
        expect(call(succeeds)).toBe('ok');
      }),
    );
  });
});
