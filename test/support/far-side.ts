import type { CallContext, CallProgress, Connector } from '../../src/engine/ports.ts';
import { targetOf, type Action, type StepResult } from '../../src/model/actions.ts';
import type { Fault } from '../../src/model/faults.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import type { ManualClock } from './manual-clock.ts';

/** One scripted answer. `latency` is virtual milliseconds before it. */
export type Answer = (
  | { readonly output: Json; readonly reports?: readonly CallProgress[] }
  | { readonly fault: Fault; readonly hasEffect?: boolean }
  /** Answers truthfully, from what has really happened by then. */
  | { readonly tells: (effects: readonly Effect[]) => Json }
  | { readonly hang: true }
) & { readonly latency?: number };

/**
 * Answers by `server/tool` (or `GET host`, `run/sh`), played in order; the last one repeats. Other tools do as their
 * params say, whoever calls first: `takes` so many milliseconds, `fails` with that kind, `loses` its answer after the
 * effect. The rest echo their params.
 */
export type Script = Readonly<Record<string, readonly Answer[]>>;

export interface Call {
  readonly target: string;
  readonly action: Action;
  readonly context: CallContext;
  readonly at: number;
}

export interface Effect {
  readonly target: string;
  readonly key: string;
  readonly step: string;
}

/** Everything outside, as a connector that plays a script and keeps a log of calls and of effects. */
export class FarSide implements Connector {
  readonly calls: Call[] = [];
  /** What really happened, by idempotency key: what an auditor reads. */
  readonly effects: Effect[] = [];
  inFlight = 0;
  maxInFlight = 0;
  private readonly clock: ManualClock;
  private readonly script: Script;
  private readonly played = new Map<string, number>();

  constructor(clock: ManualClock, script: Script) {
    this.clock = clock;
    this.script = script;
  }

  async call(action: Action, context: CallContext, signal: AbortSignal): Promise<StepResult> {
    const { server, tool } = targetOf(action);
    const target = action.kind === 'http' ? tool : `${server}/${tool}`;
    const answer = this.nextAnswer(target, action);
    this.calls.push({ target, action, context, at: this.clock.now() });
    this.inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
    try {
      return await this.answer(answer, { target, context }, signal);
    } finally {
      this.inFlight -= 1;
    }
  }

  private async answer(
    answer: Answer,
    { target, context }: { readonly target: string; readonly context: CallContext },
    signal: AbortSignal,
  ): Promise<StepResult> {
    const due = 'hang' in answer ? Number.MAX_SAFE_INTEGER : this.clock.now() + (answer.latency ?? 0);
    const isAborted = await this.clock.until(due, signal).then(
      () => false,
      () => true,
    );
    if (isAborted || 'hang' in answer) return { ok: false, fault: fault('timeout', { outcome: 'unknown' }) };
    const effect = { target, key: context.idempotencyKey, step: context.step };
    if ('fault' in answer) {
      if (answer.hasEffect) this.effects.push(effect);
      return { ok: false, fault: answer.fault };
    }
    if ('tells' in answer) return { ok: true, output: answer.tells(this.effects) };
    for (const report of answer.reports ?? []) context.report?.(report);
    this.effects.push(effect);
    return { ok: true, output: answer.output };
  }

  private nextAnswer(target: string, action: Action): Answer {
    const answers = this.script[target];
    const count = this.played.get(target) ?? 0;
    this.played.set(target, count + 1);
    if (answers) return answers[Math.min(count, answers.length - 1)] ?? { output: null };
    if (action.kind !== 'tool') return { output: { ok: true } };
    return asTold(action.params) ?? { output: { id: `${target}-${count + 1}`, ...action.params } };
  }
}

/** What the params of a call ask the far side to do; undefined where they ask for nothing. */
function asTold({ takes, fails, loses, ...rest }: JsonObject): Answer | undefined {
  if (takes === undefined && fails === undefined && loses === undefined) return undefined;
  const latency = typeof takes === 'number' ? takes : 0;
  if (loses === true) return { fault: fault('connection', { outcome: 'unknown' }), hasEffect: true, latency };
  if (typeof fails === 'string') return { fault: fault(fails, { transient: false, outcome: 'failed' }), latency };
  return { output: rest, latency };
}

/** A fault as a connector gives it; transient with an outcome of `not_executed` unless said otherwise. */
export function fault(kind: string, rest: Partial<Fault> = {}): Fault {
  return { kind, message: `scripted ${kind}`, outcome: 'not_executed', transient: true, ...rest };
}
