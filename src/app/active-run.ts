import type { RunHandle, RunOutcome } from '../engine/engine.ts';
import type { Idle } from '../engine/parts.ts';
import type { CallProgress } from '../engine/ports.ts';
import type { RunEvent } from '../model/events.ts';
import type { Json } from '../model/json.ts';
import type { Workflow } from '../model/workflow.ts';

/** What is known of a run before it begins or goes on in this process. */
export interface RunInfo {
  readonly id: string;
  readonly workflow: Workflow;
  readonly sandbox: boolean;
  readonly dryRun: boolean;
  /** Which of the project's environments. */
  readonly environment?: string;
  /** What was journalled before; empty for a new run. */
  readonly history: readonly RunEvent[];
}

/** Is told of a run in this process, from its first event on. */
export interface RunObserver {
  begins(run: RunInfo): void;
  events(events: readonly RunEvent[]): void;
  /** How far the call of a step has come, as its far side tells it, without secrets; absent: nobody is asked. */
  progress?(step: string, progress: CallProgress): void;
  /** Is told when the run only waits, in place of having it given back; `undefined`: it goes on. */
  readonly idle?: (idle: Idle | undefined) => void;
}

/** A run that this process executes. */
export interface ActiveRun extends RunHandle {
  readonly info: RunInfo;
  /** Its sensitive values so far, and those of the runs that it has started. */
  hidden(): readonly Json[];
}

export type { CallProgress, Idle, RunOutcome };
