import type { Json, JsonObject } from '../model/json.ts';
import type { RunEvent, RunFault, RunOptions } from '../model/events.ts';
import type { RunStatus } from '../model/states.ts';
import type { Workflow } from '../model/workflow.ts';
import type { BreakerStore, CacheStore, Clock, Connector, Journal, Owner, Random, Telemetry } from './ports.ts';

/** All that the engine needs of the outside world. */
export interface EngineParts {
  readonly journal: Journal;
  readonly telemetry: Telemetry;
  readonly cache: CacheStore;
  readonly breakers: BreakerStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly connectors: { readonly tool: Connector; readonly http: Connector; readonly run: Connector };
  readonly owner: Owner;
  /** Calls that may be under way at once; the rest wait in order. */
  readonly inFlight: number;
  /** What `$env` may read. */
  readonly env: JsonObject;
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
}

export interface RunHandle {
  readonly id: string;
  /** Never rejects for a failed run; rejects with RunnerError when the runner itself cannot go on. */
  readonly done: Promise<RunOutcome>;
  /** Ends calls in flight, runs `finally`, ends the run as cancelled. */
  cancel(by: string): void;
  /** Lets calls in flight finish, starts nothing new, and leaves the run `interrupted` for a later resume. */
  stop(): void;
}

export interface RunOutcome {
  /** A final status, `needs_attention`, or `interrupted` after `stop`. */
  readonly status: RunStatus;
  readonly output?: Json;
  readonly error?: RunFault;
}

export interface Resolution {
  readonly step: string;
  readonly as: 'done' | 'failed' | 'retry';
  readonly output?: Json;
  readonly by: string;
}

export type EventListener = (run: string, events: readonly RunEvent[]) => void;
