import type { BodyEnded, RunEvent, StepEnded, StepStarted } from '../../src/model/events.ts';
import { attemptKey } from '../../src/model/keys.ts';
import type { Step, Workflow } from '../../src/model/workflow.ts';
import { fault } from './far-side.ts';
import { workflow } from './sample-run.ts';

/** Events as the engine records them, one millisecond after the other. */
export class Tape {
  readonly events: RunEvent[] = [];
  #at = 0;

  constructor() {
    const options = { dryRun: false, cache: true };
    this.add({ type: 'run.started', workflow: 'demo', definition: 'hash-1', inputs: {}, options });
  }

  get now(): number {
    return this.#at;
  }

  add(event: WithoutTime<RunEvent>): this {
    this.#at += 1;
    this.events.push({ ...event, at: this.#at });
    return this;
  }

  begins(key: string, kind: string, more: Partial<StepStarted> = {}): this {
    return this.add({ type: 'step.started', key, kind, ...more });
  }

  /** A call that is under way. */
  calls(key: string, tool = 'get_x'): this {
    const action = { kind: 'tool', server: 's', tool, params: {} } as const;
    const attempt = attemptKey(key, 1);
    return this.begins(key, 'tool', { action }).add({
      type: 'attempt.intended',
      key: attempt,
      effect: 'read',
      idempotencyKey: key,
    });
  }

  /** A whole call, with its one attempt. */
  did(key: string, failure?: string): this {
    const found = failure === undefined ? undefined : fault(failure, { outcome: 'failed', transient: false });
    return this.calls(key)
      .add({ type: 'attempt.ended', key: attemptKey(key, 1), durationMs: 1, ...(found && { fault: found }) })
      .ended(key, 'tool', found ? { status: 'failed', fault: found } : { output: key });
  }

  ended(key: string, kind: string, more: Partial<StepEnded> = {}): this {
    return this.add({ type: 'step.ended', key, kind, status: 'succeeded', attempts: 1, durationMs: 1, ...more });
  }

  bodyEnded(key: string, more: Partial<BodyEnded> = {}): this {
    return this.add({ type: 'body.ended', key, status: 'succeeded', ...more });
  }
}

type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never;

/** A workflow of these steps. */
export function workflowOf(steps: readonly Step[], more: Partial<Workflow> = {}): Workflow {
  return { ...workflow, steps, ...more };
}

const base = { line: 3, continueOnError: false, references: [] };

/** A call of `s/get_x`. */
export function call(key: string): Step {
  return {
    ...base,
    ...named(key),
    kind: 'tool',
    server: 's',
    tool: 'get_x',
    params: { kind: 'literal', value: {} },
    effect: 'read',
    attemptTimeoutMs: 30_000,
    retry: { max: 3, delayMs: 1_000, backoff: 'constant', factor: 1, maxDelayMs: 1_000, jitter: 'none', own: true },
    fallback: [],
    onInterrupt: 'ask',
  };
}

export function forEach(key: string, ...steps: readonly Step[]): Step {
  const items = { kind: 'literal', value: [] } as const;
  return { ...base, ...named(key), kind: 'for_each', items, as: 'item', maxParallel: 1, body: { steps } };
}

export function repeat(key: string, ...steps: readonly Step[]): Step {
  return { ...base, ...named(key), kind: 'repeat', max: 5, body: { steps } };
}

export function parallel(key: string, branches: Readonly<Record<string, readonly Step[]>>): Step {
  return {
    ...base,
    ...named(key),
    kind: 'parallel',
    branches: Object.entries(branches).map(([name, steps]) => ({ name, body: { steps } })),
  };
}

export function choice(key: string, ...cases: readonly (readonly Step[])[]): Step {
  return { ...base, ...named(key), kind: 'switch', cases: cases.map((steps) => ({ body: { steps } })) };
}

export function guarded(
  key: string,
  parts: {
    readonly steps: readonly Step[];
    readonly handlers?: readonly (readonly Step[])[];
    readonly last?: readonly Step[];
  },
): Step {
  const { steps, handlers = [], last = [] } = parts;
  return {
    ...base,
    ...named(key),
    kind: 'try',
    body: { steps },
    catch: handlers.map((each) => ({ body: { steps: each } })),
    finally: last,
  };
}

export function eventWait(key: string, event: string): Step {
  return { ...base, ...named(key), kind: 'wait', wait: { event } };
}

function named(key: string): { readonly key: string; readonly id: string } {
  return { key, id: /\w+$/.exec(key)?.[0] ?? key };
}
