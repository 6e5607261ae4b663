import { createHash } from 'node:crypto';
import type { Connector } from '../engine/ports.ts';
import type { StepResult, ToolAction } from '../model/actions.ts';
import type { EffectClass } from '../model/effects.ts';
import type { Fault } from '../model/faults.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { withInnerLists } from '../model/inner-lists.ts';
import { alternativeKey } from '../model/keys.ts';
import type { Step, ToolStep, Workflow } from '../model/workflow.ts';
import { isCallStep } from '../model/workflow.ts';

/** A function of this process that answers for a tool whose call has failed for good. */
export type StandIn = (params: JsonObject, call: StandInCall) => Json | undefined | Promise<Json | undefined>;

export interface StandInCall {
  readonly server: string;
  readonly tool: string;
  /** The same when the run is resumed. */
  readonly idempotencyKey: string;
  /** Aborts when the run is cancelled or the time is over. */
  readonly signal: AbortSignal;
}

interface Registration {
  readonly handler: StandIn;
  readonly effect: EffectClass;
}

/** No tool can have such a name, so no server is ever asked for it; the execution log shows it beside the tool. */
const prefix = '(fallback) ';

/**
 * The stand-ins of this process. Each becomes the last alternative of the steps that call its tool, so it is journalled
 * and logged as any fallback. A process that does not know it, as after a crash, lets the tool's own fault stand.
 */
export class StandIns {
  readonly #registered = new Map<string, Registration>();

  /** The last one of a tool is the one. */
  register({ server, tool }: { readonly server: string; readonly tool: string }, registration: Registration): void {
    this.#registered.set(`${server}/${tool}`, registration);
  }

  /** The same workflow, with the stand-ins for its tools. */
  addTo(workflow: Workflow): Workflow {
    const names: string[] = [];
    const extend = (steps: readonly Step[]): readonly Step[] =>
      steps.map((step) => {
        if (this.#of(step)) names.push(step.key);
        return this.#extended(withInnerLists(step, extend));
      });
    const { hash, steps, onFailure, finally: last, children = {} } = workflow;
    const extended = { steps: extend(steps), onFailure: extend(onFailure), finally: extend(last) };
    const own = Object.entries(children).map(([name, child]) => [name, this.addTo(child)] as const);
    const changed = own.filter(([name, child]) => child !== children[name]).map(([, child]) => child.hash);
    if (names.length === 0 && changed.length === 0) return workflow;
    const text = [hash, ...names, ...changed].join('\0');
    return {
      ...workflow,
      ...extended,
      hash: createHash('sha256').update(text).digest('hex'),
      ...(own.length > 0 && { children: Object.fromEntries(own) }),
    };
  }

  /** Calls stand-ins here, and all other tools where `tools` leads. */
  connector(tools: Connector): Connector {
    return {
      call: (action, context, signal) => {
        if (action.kind !== 'tool' || !action.tool.startsWith(prefix)) return tools.call(action, context, signal);
        return this.#call(action, context.idempotencyKey, signal);
      },
    };
  }

  #of(step: Step): Registration | undefined {
    return step.kind === 'tool' ? this.#registered.get(`${step.server}/${step.tool}`) : undefined;
  }

  #extended(step: Step): Step {
    const registration = this.#of(step);
    if (registration === undefined || !isCallStep(step) || step.kind !== 'tool') return step;
    const key = alternativeKey(step.key, step.fallback.length);
    const standIn = standInStep(step, key, registration.effect);
    return { ...step, fallback: [...step.fallback, { kind: 'step', step: standIn }] };
  }

  async #call({ server, tool: name, params }: ToolAction, idempotencyKey: string, signal: AbortSignal) {
    const tool = name.slice(prefix.length);
    const registration = this.#registered.get(`${server}/${tool}`);
    if (registration === undefined) return failed(unknownHere(server, tool));
    const answer = answerOf(registration.handler, params, { server, tool, idempotencyKey, signal });
    return untilAborted(answer, signal);
  }
}

function standInStep(step: ToolStep, key: string, effect: EffectClass): ToolStep {
  return {
    kind: 'tool',
    key,
    line: step.line,
    continueOnError: false,
    references: step.references,
    server: step.server,
    tool: `${prefix}${step.tool}`,
    params: step.params,
    effect,
    attemptTimeoutMs: step.attemptTimeoutMs,
    retry: { ...step.retry, max: 0, own: false },
    fallback: [],
    onInterrupt: 'ask',
  };
}

async function answerOf(handler: StandIn, params: JsonObject, call: StandInCall): Promise<StepResult> {
  try {
    const value = await handler(params, call);
    const output: Json = value === undefined ? null : JSON.parse(JSON.stringify(value));
    return { ok: true, output };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The fallback registered for ${call.server}/${call.tool} failed: ${reason}`;
    return failed({ kind: 'tool_error', message, outcome: 'failed', transient: false });
  }
}

/** A handler that does not listen to its signal is left alone: nobody waits for it any longer. */
async function untilAborted(answer: Promise<StepResult>, signal: AbortSignal): Promise<StepResult> {
  const over = new AbortController();
  const aborted = new Promise<StepResult>((resolve) => {
    const message = 'The fallback was not waited for any longer.';
    const given = failed({ kind: 'cancelled', message, outcome: 'unknown', transient: false });
    // The handler itself may have had it aborted, before it gave its promise.
    if (signal.aborted) resolve(given);
    signal.addEventListener('abort', () => resolve(given), { once: true, signal: over.signal });
  });
  return Promise.race([answer, aborted]).finally(() => over.abort());
}

function unknownHere(server: string, tool: string): Fault {
  return {
    kind: 'unknown_tool',
    message: `The fallback for ${server}/${tool} was registered in another process.`,
    outcome: 'not_executed',
    transient: false,
  };
}

function failed(fault: Fault): StepResult {
  return { ok: false, fault };
}
