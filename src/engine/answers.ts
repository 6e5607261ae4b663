import type { StepResult } from '../model/actions.ts';
import type { Fault } from '../model/faults.ts';
import type { AdmissionOperation, CacheOperation, Completion, Decision, Operation } from './core/operations.ts';
import { joined, withoutChanges } from './decisions.ts';
import type { LookUps } from './look-ups.ts';
import type { DriverParts } from './parts.ts';
import type { Admission } from './policies/admission.ts';
import type { CacheHit } from './ports.ts';

/**
 * Answers what needs no commit before it, because it has no effect: look-ups in the cache, requests for admission, and
 * whether a call may be made at all.
 */
export class Answers {
  private readonly parts: DriverParts;
  private readonly run: string;
  private readonly lookUps: LookUps;
  /** What attempts hold, or wait for, of the limits that all share. */
  private readonly admissions = new Map<string, Admission>();
  private readonly refusals = new Map<string, Promise<Fault | undefined>>();
  private readonly hits = new Map<string, Promise<CacheHit | undefined>>();
  private readonly abort = new AbortController();

  constructor(parts: DriverParts, run: string, lookUps: LookUps) {
    this.parts = parts;
    this.run = run;
    this.lookUps = lookUps;
  }

  /**
   * A decision together with those that follow from answers at hand. What must be waited for stays the decision's
   * operation, so that the end of the step before is durable meanwhile.
   * @param key of the operation whose completion led to the first decision
   */
  async complete(
    first: Decision,
    deliver: (operation: Operation, answer: Completion) => Promise<Decision>,
    key?: string,
  ): Promise<Decision> {
    let decision = first;
    const asked = new Set(key === undefined ? [] : [key]);
    for (;;) {
      const { operation } = decision;
      if (operation?.kind === 'cache') {
        for (const change of decision.cacheChanges) this.lookUps.change(change);
        decision = withoutChanges(decision);
      }
      // What was refused, or is not going to be made, holds nothing any more.
      if (operation?.kind !== 'cache') this.endOthers(asked, operation?.key);
      const answer = this.atHand(operation);
      if (operation === undefined || answer === undefined) break;
      if (operation.kind === 'admission') asked.add(operation.key);
      decision = joined(decision, await deliver(operation, answer));
    }
    this.endOthers(asked, decision.operation?.key);
    return decision;
  }

  private endOthers(asked: ReadonlySet<string>, key: string | undefined): void {
    for (const other of asked) if (other !== key) this.endAdmission(other);
  }

  /** Waits for what was not at hand. */
  async awaitAdmission({ key }: AdmissionOperation, signal: AbortSignal): Promise<Completion> {
    return { kind: 'admission', answer: (await this.admissions.get(key)?.wait(signal)) ?? { kind: 'aborted' } };
  }

  async awaitRefusal(key: string): Promise<Completion> {
    const fault = await this.refusals.get(key);
    this.refusals.delete(key);
    return { kind: 'refusal', fault };
  }

  async awaitHit({ key }: CacheOperation, signal: AbortSignal): Promise<Completion> {
    const hit = await unlessAborted(this.hits.get(key), signal);
    this.hits.delete(key);
    return { kind: 'cache', hit };
  }

  /** @param result of the attempt; absent: it was not made */
  endAdmission(key: string, result?: StepResult): void {
    this.admissions.get(key)?.end(result);
    this.admissions.delete(key);
  }

  end(): void {
    this.abort.abort();
    for (const key of this.admissions.keys()) this.endAdmission(key);
  }

  private atHand(operation: Operation | undefined): Completion | undefined {
    if (operation?.kind === 'admission' && operation.phase === 'ask') {
      this.endAdmission(operation.key);
      const admission = this.parts.admissions.begin(operation);
      this.admissions.set(operation.key, admission);
      return { kind: 'admission', answer: admission.ask() };
    }
    if (operation?.kind === 'refusal') {
      const fault = this.parts.refusals?.check(this.run, operation.action);
      if (!(fault instanceof Promise)) return { kind: 'refusal', fault };
      this.refusals.set(operation.key, fault);
      return undefined;
    }
    if (operation?.kind !== 'cache') return undefined;
    const hit = this.lookUps.lookUp(operation, this.abort.signal);
    if (!(hit instanceof Promise)) return { kind: 'cache', hit };
    this.hits.set(operation.key, hit);
    return undefined;
  }
}

/** What `answer` gives; undefined when the signal aborts first. */
async function unlessAborted<T>(answer: Promise<T> | undefined, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  const over = new AbortController();
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true, signal: over.signal });
  });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    over.abort();
  }
}
