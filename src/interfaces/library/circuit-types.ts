/** The circuit breakers of the project, as `runner breakers` shows and changes them: over all processes. */
export interface CircuitControl {
  /** Circuits that are open, and closed ones that count failures. */
  breakers(): Promise<readonly CircuitReport[]>;

  /**
   * Opens a circuit by hand: calls that have a circuit breaker with this key are refused from the next one on.
   * @throws RunnerError USAGE where `for` is no length of time
   */
  openBreaker(key: string, options?: OpenBreakerOptions): Promise<void>;

  /** Closes a circuit and forgets its failures. @returns false where nothing was known of it */
  closeBreaker(key: string): Promise<boolean>;
}

export interface CircuitReport {
  readonly key: string;
  /** Where its targets are: the address of a bridge or server, `sandbox`; with the environment before it. */
  readonly place: string;
  /** `half_open`: the next call, and only that, is let through to try the target. */
  readonly state: 'closed' | 'open' | 'half_open';
  readonly since: Date | null;
  /** Failures that count now, or that opened it. */
  readonly failures: number;
  /** When a call is let through to try it; null where it is closed, or open until somebody closes it. */
  readonly nextProbe: Date | null;
  /** Who opened it by hand. */
  readonly openedBy: string | null;
}

export interface OpenBreakerOptions {
  /** Then one call is let through to try it: seconds, or a duration such as `10m`. It stays open unless given. */
  readonly for?: number | string;
  /** Who is named in the refusals; the user of the process unless given. */
  readonly by?: string;
}
