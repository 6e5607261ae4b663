import type { RunEvent, RunFault } from '../model/events.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { RunStatus } from '../model/states.ts';
import type { Admissions } from './policies/admission.ts';
import type { Attempts } from './policies/attempt.ts';
import type { Flights } from './single-flight.ts';
import type {
  BreakerStore,
  CacheStore,
  Clock,
  Connector,
  Journal,
  LimitStore,
  Random,
  Refusals,
  Telemetry,
} from './ports.ts';
import type { Owner } from '../model/run-records.ts';

/** All that the engine needs of the outside world. */
export interface EngineParts {
  readonly journal: Journal;
  readonly telemetry: Telemetry;
  readonly cache: CacheStore;
  readonly breakers: BreakerStore;
  readonly limits: LimitStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly connectors: { readonly tool: Connector; readonly http: Connector; readonly run: Connector };
  /** Absent: no call is refused. */
  readonly refusals?: Refusals;
  readonly owner: Owner;
  /** Where budgets and costs are counted: what is called in the sandbox is not counted for the real tools. */
  readonly space: string;
  /** Calls that may be under way at once; the rest wait in order. */
  readonly inFlight: number;
  /** What `$env` may read. */
  readonly env: JsonObject;
  /** Is told of sensitive values before anything that holds them is logged. */
  readonly hide?: (values: readonly Json[]) => void;
  /** Tells one value of a secret from another, and gives away neither; absent where no run has secrets. */
  readonly fingerprint?: (secret: string) => string;
}

export interface RunOutcome {
  /** A final status, `needs_attention`, or `interrupted` after `stop`. */
  readonly status: RunStatus;
  readonly output?: Json;
  readonly error?: RunFault;
}

/** What one run's driver needs besides: the guards that all runs of the process share. */
export interface DriverParts extends EngineParts {
  readonly admissions: Admissions;
  readonly attempts: Attempts;
  readonly flights: Flights;
  readonly notify: (run: string, events: readonly RunEvent[]) => void;
}
