import type { StepResult } from '../../model/actions.ts';
import type { LimitWait } from '../../model/events.ts';
import type { Fault } from '../../model/faults.ts';
import { formatDuration } from '../../model/time.ts';
import type { AdmissionAnswer, AdmissionOperation, AdmissionRequest } from '../core/operations.ts';
import type { BreakerStore, Clock, LimitAnswer, LimitsHeld, LimitStore, LimitWant } from '../ports.ts';
import { Breakers, type Passage } from './breaker.ts';
import { SlotLines } from './slot-lines.ts';

export interface AdmissionParts {
  readonly breakers: BreakerStore;
  readonly limits: LimitStore;
  readonly clock: Clock;
}

/** How much longer than its attempt a slot or a probe is held, should its process hang: time to give up the call. */
const graceMs = 30_000;

/**
 * Lets attempts begin: circuit breaker → rate limit → concurrency, from the outside in. All of it comes before the
 * intent, so that a process that is killed while it waits leaves no call in doubt.
 */
export class Admissions {
  readonly clock: Clock;
  readonly limits: LimitStore;
  readonly breakers: Breakers;
  readonly lines: SlotLines;
  private begun = 0;

  constructor({ breakers, limits, clock }: AdmissionParts) {
    this.clock = clock;
    this.limits = limits;
    this.breakers = new Breakers(breakers, clock);
    this.lines = new SlotLines(clock);
  }

  /** The admission of one attempt. Whoever begins it ends it. */
  begin({ key, request }: AdmissionOperation): Admission {
    this.begun += 1;
    return new Admission(this, request, { key, number: this.begun });
  }
}

/** What one attempt holds of the limits that all share. */
export class Admission {
  /** Of the attempt. */
  readonly key: string;
  private readonly shared: Admissions;
  private readonly request: AdmissionRequest;
  private readonly number: number;
  private held: LimitsHeld = {};
  private waiting: LimitWait | undefined;
  private passage: Passage | undefined;

  constructor(
    shared: Admissions,
    request: AdmissionRequest,
    attempt: { readonly key: string; readonly number: number },
  ) {
    this.key = attempt.key;
    this.shared = shared;
    this.request = request;
    this.number = attempt.number;
  }

  /** The answer at once, without any waiting. */
  ask(): AdmissionAnswer {
    const { breaker, rateLimit, concurrency } = this.request;
    const isLimited = rateLimit !== undefined || concurrency !== undefined;
    if (!isLimited) return this.enter();
    const seen = breaker && this.shared.breakers.look(breaker);
    if (typeof seen === 'object') return this.refuse(seen);
    return this.askLimits(seen === 'call');
  }

  /** Waits for what the last answer said; `aborted` when the signal aborts first. */
  async wait(signal: AbortSignal): Promise<AdmissionAnswer> {
    const { waiting } = this;
    if (waiting?.kind === 'rate_limit') {
      await this.shared.clock.until(waiting.due, signal).catch(() => undefined);
    }
    if (waiting?.kind !== 'concurrency') return signal.aborted ? { kind: 'aborted' } : this.ask();
    return this.waitForSlot(waiting, signal);
  }

  /** Gives everything back. @param result of the attempt; undefined: it was not made */
  end(result?: StepResult): void {
    if (this.passage) this.shared.breakers.leave(this.passage, result);
    this.passage = undefined;
    const { concurrency } = this.request;
    const { turn, ...others } = this.held;
    const unused = wasMade(result) || turn === undefined ? others : this.held;
    this.held = {};
    if (Object.keys(unused).length > 0) this.shared.limits.giveBack(unused);
    if (concurrency) this.shared.lines.leave(concurrency.key, this.number);
  }

  private async waitForSlot(
    waiting: Extract<LimitWait, { kind: 'concurrency' }>,
    signal: AbortSignal,
  ): Promise<AdmissionAnswer> {
    const { deadline } = this.request;
    for (;;) {
      await this.shared.lines.worthAsking(waiting.key, this.number, {
        signal,
        ...(deadline === undefined ? {} : { deadline }),
      });
      if (signal.aborted) return { kind: 'aborted' };
      if (deadline !== undefined && this.shared.clock.now() >= deadline) return this.refuse(noSlot(waiting));
      const answer = this.ask();
      if (answer.kind !== 'wait' || answer.limit.kind !== 'concurrency') return answer;
    }
  }

  /** @param isClosed the circuit, which was looked at just now */
  private askLimits(isClosed: boolean): AdmissionAnswer {
    const { concurrency } = this.request;
    const { lines, limits, clock } = this.shared;
    // Asking out of turn would take the slot of somebody who came before.
    if (concurrency && lines.hasOthersBefore(concurrency.key, this.number)) return this.waitInLine(concurrency);
    const want = this.want();
    if (want.turn === undefined && want.slot === undefined) return this.enter(isClosed);
    return this.heed(limits.take(want, clock.now()), isClosed);
  }

  private heed(answer: LimitAnswer, isClosed: boolean): AdmissionAnswer {
    const { concurrency, rateLimit } = this.request;
    switch (answer.kind) {
      case 'granted': {
        const { kind: _, ...taken } = answer;
        const { ticket: __, ...before } = this.held;
        this.held = { ...before, ...taken };
        if (concurrency) this.shared.lines.leave(concurrency.key, this.number);
        return this.enter(isClosed);
      }
      case 'later': {
        this.held = { turn: answer.turn };
        if (concurrency) this.shared.lines.leave(concurrency.key, this.number);
        this.waiting = { kind: 'rate_limit', key: rateLimit?.key ?? '', due: answer.due };
        return { kind: 'wait', limit: this.waiting };
      }
      case 'full':
        this.held = { ...this.held, ticket: answer.ticket };
        return this.waitInLine(concurrency ?? { key: '', max: 0 });
      case 'too_late':
        return this.refuse(tooLate(rateLimit?.key ?? '', answer.due - this.shared.clock.now()));
    }
  }

  /** A turn that is held already is not taken again. */
  private want(): LimitWant {
    const { rateLimit, concurrency, deadline, timeoutMs } = this.request;
    const { turn, ticket } = this.held;
    return {
      ...(rateLimit && turn === undefined ? { turn: rateLimit } : {}),
      ...(concurrency ? { slot: { ...concurrency, leaseMs: timeoutMs + graceMs } } : {}),
      ...(deadline === undefined ? {} : { latest: deadline - 1 }),
      ...(ticket === undefined ? {} : { ticket }),
    };
  }

  private waitInLine({ key, max }: { readonly key: string; readonly max: number }): AdmissionAnswer {
    this.shared.lines.join(key, this.number);
    this.waiting = { kind: 'concurrency', key, max };
    return { kind: 'wait', limit: this.waiting };
  }

  /** A circuit that was closed a moment ago is not looked at twice; a probe is taken last, since it must not wait. */
  private enter(isClosed = false): AdmissionAnswer {
    const { breaker, timeoutMs } = this.request;
    if (breaker === undefined) return { kind: 'granted' };
    if (isClosed) {
      this.passage = { breaker, isProbe: false };
      return { kind: 'granted' };
    }
    const entered = this.shared.breakers.enter(breaker, timeoutMs + graceMs);
    if ('outcome' in entered) return this.refuse(entered);
    this.passage = entered;
    return { kind: 'granted' };
  }

  private refuse(fault: Fault): AdmissionAnswer {
    this.end();
    return { kind: 'refused', fault };
  }
}

/** A turn is spent as soon as the far side may have heard of the call. */
function wasMade(result: StepResult | undefined): boolean {
  if (result === undefined) return false;
  return result.ok || result.fault.outcome !== 'not_executed' || result.fault.kind !== 'cancelled';
}

function tooLate(key: string, waitMs: number): Fault {
  return {
    kind: 'rate_limited',
    message: `The rate limit "${key}" has its next turn in ${formatDuration(waitMs)}, after the step's timeout; nothing was called.`,
    outcome: 'not_executed',
    transient: false,
    hint: 'Give the step a longer "timeout", or let fewer runs call this target at the same time.',
  };
}

function noSlot({ key, max }: Extract<LimitWait, { kind: 'concurrency' }>): Fault {
  const message = `No slot of the concurrency limit "${key}" (${max} at once) became free in time; nothing was called.`;
  return { kind: 'timeout', message, outcome: 'not_executed', transient: false };
}
