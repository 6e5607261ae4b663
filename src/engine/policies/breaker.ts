import type { StepResult } from '../../model/actions.ts';
import type { Circuit } from '../../model/circuits.ts';
import type { Fault } from '../../model/faults.ts';
import { formatDuration, type EpochMs } from '../../model/time.ts';
import type { BreakerPolicy } from '../../model/policies.ts';
import type { BreakerStore, Clock } from '../ports.ts';
import {
  admittance,
  afterCall,
  afterClockChange,
  heedsSuccess,
  withProbe,
  type Admittance,
  type Verdict,
} from './circuit.ts';

/** How a call came through its circuit; given back with {@link Breakers.leave}. */
export interface Passage {
  readonly breaker: BreakerPolicy;
  readonly isProbe: boolean;
}

/** Circuit breakers by key, in a store that all processes of a project share, so that a restart forgets nothing. */
export class Breakers {
  private readonly store: BreakerStore;
  private readonly clock: Clock;

  constructor(store: BreakerStore, clock: Clock) {
    this.store = store;
    this.clock = clock;
  }

  /** How a call would be let through now, or why it would not. Changes nothing. */
  look({ key }: BreakerPolicy): 'call' | 'probe' | Fault {
    const now = this.clock.now();
    const circuit = this.load(key, now);
    const answer = admittance(circuit, now);
    return answer === 'refused' ? circuitOpen(key, circuit, now) : answer;
  }

  /**
   * Lets a call through, or says why not. Whoever is let through calls {@link leave}, whatever becomes of the call.
   * @param leaseMs how long a probe may take at most
   */
  enter(breaker: BreakerPolicy, leaseMs: number): Passage | Fault {
    const { key } = breaker;
    const now = this.clock.now();
    const circuit = this.load(key, now);
    const first = admittance(circuit, now);
    const answer = first === 'probe' ? this.takeProbe(key, now, leaseMs) : first;
    return answer === 'refused' ? circuitOpen(key, circuit, now) : { breaker, isProbe: answer === 'probe' };
  }

  /** Tells the circuit how a call ended; undefined: it was not made. */
  leave({ breaker, isProbe }: Passage, result: StepResult | undefined): void {
    const verdict = verdictOf(result);
    if (!isProbe && !this.isCounted(verdict, breaker)) return;
    const now = this.clock.now();
    this.store.update(breaker.key, (circuit) => afterCall(circuit, breaker, { isProbe, verdict, now }));
  }

  private isCounted(verdict: Verdict, breaker: BreakerPolicy): boolean {
    return (
      verdict === 'failing' || (verdict === 'healthy' && heedsSuccess(() => this.store.load(breaker.key), breaker))
    );
  }

  private load(key: string, now: EpochMs): Circuit | undefined {
    const circuit = this.store.load(key);
    if (circuit === undefined || afterClockChange(circuit, now) === circuit) return circuit;
    let moved: Circuit | undefined;
    this.store.update(key, (current) => (moved = current && afterClockChange(current, now)));
    return moved;
  }

  /** Only one of all processes gets it, so it is decided in the store. */
  private takeProbe(key: string, now: EpochMs, leaseMs: number): Admittance {
    let answer: Admittance = 'refused';
    this.store.update(key, (circuit) => {
      answer = admittance(circuit, now);
      return answer === 'probe' && circuit?.state === 'open' ? withProbe(circuit, now, leaseMs) : circuit;
    });
    return answer;
  }
}

/** What speaks against the far side's health. A 4xx speaks against the call, never against the target. */
function verdictOf(result: StepResult | undefined): Verdict {
  if (result === undefined) return 'nothing';
  if (result.ok) return 'healthy';
  const { kind, outcome } = result.fault;
  if (kind === 'timeout' || kind === 'connection' || kind.startsWith('http.5')) return 'failing';
  return kind === 'cancelled' || (outcome === 'not_executed' && !kind.startsWith('http.')) ? 'nothing' : 'healthy';
}

function circuitOpen(key: string, circuit: Circuit | undefined, now: EpochMs): Fault {
  return {
    kind: 'circuit_open',
    message: `${reasonOf(key, circuit, now)} Nothing was called.`,
    outcome: 'not_executed',
    transient: false,
    hint: `${remedyOf(circuit)} To let calls through at once: runner breakers close ${key}`,
  };
}

function remedyOf(circuit: Circuit | undefined): string {
  if (circuit?.state !== 'open' || circuit.by === undefined) return 'Repair the far side.';
  return `Ask ${circuit.by} why.`;
}

function reasonOf(key: string, circuit: Circuit | undefined, now: EpochMs): string {
  if (circuit?.state !== 'open') return `The circuit "${key}" has just been opened.`;
  const { by, until, failures } = circuit;
  const why = by === undefined ? `is open after ${counted(failures)}` : `was opened by ${by}`;
  if (until === undefined) return `The circuit "${key}" ${why}, until somebody closes it.`;
  if (until > now) return `The circuit "${key}" ${why}; it is tried again in ${formatDuration(until - now)}.`;
  return `The circuit "${key}" ${why}, and another call is just trying it.`;
}

function counted(failures: number): string {
  return failures === 1 ? '1 failure' : `${failures} failures`;
}
