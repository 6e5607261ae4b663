import {
  BrokenCircuitError,
  CircuitState,
  circuitBreaker,
  handleWhenResult,
  type CircuitBreakerPolicy,
  type IBreaker,
} from 'cockatiel';
import type { StepResult } from '../../model/actions.ts';
import type { Json } from '../../model/json.ts';
import type { BreakerPolicy } from '../../model/workflow.ts';
import type { BreakerStore, Clock } from '../ports.ts';

/**
 * Circuit breakers by key. cockatiel decides; the state is loaded before and saved after each call, so that all
 * processes of a project share it and a restart forgets nothing.
 */
export class Breakers {
  private readonly store: BreakerStore;
  private readonly clock: Clock;
  private readonly known = new Map<string, { readonly policy: CircuitBreakerPolicy; saved: string }>();

  constructor(store: BreakerStore, clock: Clock) {
    this.store = store;
    this.clock = clock;
  }

  /** Runs a call unless its circuit is open; then the result is a `circuit_open` fault and nothing was executed. */
  async guard(breaker: BreakerPolicy, call: () => Promise<StepResult>): Promise<StepResult> {
    const circuit = this.circuit(breaker);
    try {
      return await circuit.policy.execute(call);
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      return circuitOpen(breaker);
    } finally {
      this.save(breaker.key, circuit);
    }
  }

  private circuit(breaker: BreakerPolicy): { readonly policy: CircuitBreakerPolicy; saved: string } {
    const stored = JSON.stringify(this.store.load(breaker.key) ?? null);
    const known = this.known.get(breaker.key);
    if (known?.saved === stored) return known;
    const circuit = { policy: this.build(breaker, stored), saved: stored };
    this.known.set(breaker.key, circuit);
    return circuit;
  }

  private build(breaker: BreakerPolicy, stored: string): CircuitBreakerPolicy {
    const initialState: unknown = JSON.parse(stored);
    return circuitBreaker(
      handleWhenResult((result) => isOutage(result)),
      {
        halfOpenAfter: breaker.openForMs,
        breaker: new WindowBreaker(breaker, this.clock),
        ...(initialState === null ? {} : { initialState }),
      },
    );
  }

  private save(key: string, circuit: { readonly policy: CircuitBreakerPolicy; saved: string }): void {
    const text = JSON.stringify(circuit.policy.toJSON());
    if (text === circuit.saved) return;
    const state: Json = JSON.parse(text);
    this.store.save(key, state, this.clock.now());
    circuit.saved = text;
  }
}

/** Opens after so many failures within a window of time; a success does not forgive the failures before it. */
class WindowBreaker implements IBreaker {
  state: unknown = [];
  private readonly policy: BreakerPolicy;
  private readonly clock: Clock;

  constructor(policy: BreakerPolicy, clock: Clock) {
    this.policy = policy;
    this.clock = clock;
  }

  success(state: CircuitState): void {
    if (state === CircuitState.HalfOpen) this.state = [];
  }

  failure(): boolean {
    const now = this.clock.now();
    const times = Array.isArray(this.state) ? this.state.filter((at) => now - Number(at) < this.policy.withinMs) : [];
    this.state = [...times, now];
    return times.length + 1 >= (this.policy.failures ?? Number.POSITIVE_INFINITY);
  }
}

/** What speaks against the far side's health. A 4xx speaks against the call, never against the target. */
function isOutage(result: unknown): boolean {
  if (!isFailure(result)) return false;
  const { kind } = result.fault;
  return kind === 'timeout' || kind === 'connection' || kind.startsWith('http.5');
}

function isFailure(result: unknown): result is Extract<StepResult, { ok: false }> {
  return typeof result === 'object' && result !== null && 'ok' in result && result.ok === false;
}

function circuitOpen({ key, openForMs }: BreakerPolicy): StepResult {
  const seconds = Math.round(openForMs / 1_000);
  const message = `The circuit "${key}" is open, because its target kept failing; nothing was called. It is tried again ${seconds} s after it opened.`;
  return { ok: false, fault: { kind: 'circuit_open', message, outcome: 'not_executed', transient: false } };
}
