import type { RunEvent, RunFault, RunOptions, RunOrigin } from '../model/events.ts';
import type { Parking, Vote } from '../model/requests.ts';
import type { RunGroup } from '../model/run-records.ts';
import type { Workflow } from '../model/workflow.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { SchemaCheck } from '../model/schema-check.ts';
import type { RunStatus } from '../model/states.ts';
import type { ChildOperation, RunEnd } from './core/operations.ts';
import type { Admissions } from './policies/admission.ts';
import type { Attempts } from './policies/attempt.ts';
import type { Places } from './policies/places.ts';
import type { Signals } from './signals.ts';
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
  /** Is told of a child before it begins or goes on: it may use what its parent may. */
  readonly adopt?: (child: string, parent: string) => void;
  /** What may be listed of the inputs that one run gives to another; absent: all that is not declared sensitive. */
  readonly shown?: (inputs: JsonObject) => JsonObject;
  /** What is wrong with a value, of forms and kept values; absent: nothing ever is. */
  readonly violations?: SchemaCheck['violations'];
}

/** Runs the child of a run: begins it, or continues it where it was begun. Ends with its status when it is left. */
export type Children = (
  child: { readonly parent: string; readonly operation: ChildOperation },
  ways: {
    /** Ends it as cancelled. */
    readonly signal: AbortSignal;
    /** This process leaves it, for the reason given. */
    readonly leaving: AbortSignal;
    /** Is told what it waits for when nothing else is left to do, and `undefined` when it goes on. */
    readonly idle: (idle: Idle | undefined) => void;
  },
) => Promise<RunEnd>;

/** A run that does nothing but wait for what needs no process. */
export interface Idle {
  readonly parking: Parking;
  /** True where a timer is among it, not only people and events. */
  readonly hasTimer: boolean;
}

/**
 * When a run that only waits is given back, for another process to go on with: never; where only people and events are
 * waited for; always.
 */
export type Park = 'never' | 'people' | 'always';

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
  readonly places: Places;
  readonly signals: Signals;
  readonly children: Children;
  readonly flights: Flights;
  readonly notify: (run: string, events: readonly RunEvent[]) => void;
}

export interface StartRequest {
  readonly id: string;
  readonly workflow: Workflow;
  /** The file's text, kept with the run. */
  readonly source: string;
  /** Checked against the workflow's inputs, with defaults filled in. */
  readonly inputs: JsonObject;
  readonly options: RunOptions;
  readonly commit?: string;
  /** Random; needed where the workflow uses secrets. */
  readonly handleSeed?: string;
  /** The run that this one continues or repeats. */
  readonly origin?: RunOrigin;
  /** What is kept of that run: the ends of its steps and bodies, as if they had happened here. */
  readonly kept?: readonly RunEvent[];
  /** The step that starts it as a child. */
  readonly parent?: { readonly run: string; readonly key: string };
  /** Absent: never. */
  readonly park?: Park;
  /** Is told when the run only waits, in place of giving it back. */
  readonly idle?: (idle: Idle | undefined) => void;
}

/** How a run is accepted that may have to wait for its turn, or that was started before. */
export interface AcceptRequest extends StartRequest {
  readonly priority?: number;
  readonly runKey?: string;
  readonly group?: RunGroup;
  /** True: a worker takes it; nothing of it happens here. */
  readonly queued?: boolean;
}

export type Accepted =
  | { readonly kind: 'started'; readonly handle: RunHandle }
  /** `behind`: the runs of its group that have to end first. */
  | { readonly kind: 'queued'; readonly behind: readonly string[] }
  /** A run of the same key was started before. */
  | { readonly kind: 'known'; readonly run: string };

export interface ResumeOptions {
  readonly force?: boolean;
  /** Where it was claimed already. */
  readonly epoch?: number;
  /** Absent: never. */
  readonly park?: Park;
  readonly idle?: (idle: Idle | undefined) => void;
}

export interface RunHandle {
  readonly id: string;
  /** Never rejects for a failed run; rejects with RunnerError when the runner itself cannot go on. */
  readonly done: Promise<RunOutcome>;
  /** Ends calls in flight, runs `finally`, ends the run as cancelled. */
  cancel(by: string, graceMs?: number): void;
  /** As `stop`, but it stays `paused` until somebody resumes it. */
  pause(by: string): void;
  /** Gives a run that only waits back, as `waiting`. */
  park(): void;
  /** Hands over what somebody decides about an approval. */
  decide(vote: Vote): void;
  /** Lets calls in flight finish, starts nothing new, and leaves the run `interrupted` for a later resume. */
  stop(): void;
}
