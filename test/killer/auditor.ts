import { isDeepStrictEqual } from 'node:util';
import type { Effect } from '../../bench/effect-server.mjs';
import type { RunEvent } from '../../src/model/events.ts';
import { timerKey } from '../../src/model/keys.ts';
import { isFinal, type RunStatus } from '../../src/model/states.ts';
import { eventsOf, type Evidence, type RecordedRun } from './evidence.ts';
import type { Promised, Scenario } from './scenario.ts';

/** All that contradicts what Runner promises, each in a sentence; empty when it has kept its word. */
export function audit(evidence: Evidence, scenarios: readonly Scenario[]): readonly string[] {
  return [
    ...(evidence.integrity === 'ok' ? [] : [`The journal's file is damaged: ${evidence.integrity}`]),
    ...evidence.runs.flatMap((run) => [
      ...auditEnd(run),
      ...auditCompletions(run),
      ...auditRecordedSuccesses(run, evidence.effects),
      ...auditScenario(run, scenarios, evidence),
    ]),
    ...auditCalls(evidence),
    ...auditRepeats(evidence.effects),
    ...auditCompensations(evidence.effects),
  ];
}

/** Every run that was begun has ended, once. */
function auditEnd(run: RecordedRun): readonly string[] {
  const begun = eventsOf(run, 'run.started').length === 1 && run.events[0]?.type === 'run.started';
  const ended = eventsOf(run, 'run.ended').length === 1 && run.events.at(-1)?.type === 'run.ended';
  if (begun && ended && isFinal(run.status as RunStatus)) return [];
  return [`Run ${run.id} (${run.workflow}) is ${run.status} and its last event is ${run.events.at(-1)?.type}.`];
}

/** What is recorded as over is never begun again, and nothing inside it. */
function auditCompletions(run: RecordedRun): readonly string[] {
  const ends: RunEvent[] = [];
  const findings: string[] = [];
  for (const event of run.events) {
    if (!('key' in event)) continue;
    if (ends.some((end) => isOver(event, end))) {
      findings.push(`Run ${run.id}: ${event.type} of ${event.key} after its recorded end.`);
    }
    if (['step.ended', 'body.ended', 'attempt.ended'].includes(event.type)) ends.push(event);
  }
  return findings;
}

/** A branch that is one step ends after it, under the same key; between two rounds of `repeat` there may be a pause. */
function isOver(event: RunEvent, end: RunEvent): boolean {
  if (!('key' in event) || !('key' in end)) return false;
  if (end.type === 'attempt.ended') return event.key === end.key;
  if (end.type === 'step.ended' && event.type === 'body.ended' && event.key === end.key) return false;
  if (end.type === 'body.ended' && event.key === timerKey(end.key, 'every')) return false;
  return belongsTo(event.key, end.key);
}

/** A compensation alone may follow its step, and the block around it. */
function belongsTo(key: string, step: string): boolean {
  if (!key.startsWith(step) || key.includes('/undo', step.length)) return false;
  return key.length === step.length || '#@/.['.includes(key.charAt(step.length));
}

/** A call that is recorded as succeeded has really been made, unless a person has stated its result. */
function auditRecordedSuccesses(run: RecordedRun, effects: readonly Effect[]): readonly string[] {
  const stated = new Set(eventsOf(run, 'attention.resolved').map(({ key }) => key));
  const identities = new Map(eventsOf(run, 'attempt.intended').map(({ key, idempotencyKey }) => [key, idempotencyKey]));
  return eventsOf(run, 'attempt.ended')
    .filter(({ key, fault }) => fault === undefined && !stated.has(key))
    .filter(({ key }) => !effects.some((effect) => effect.key === identities.get(key)))
    .map(({ key }) => `Run ${run.id}: ${key} is recorded as done, and the far side knows nothing of it.`);
}

/** Every call has an intent of its own that was recorded, and a repetition is the same call. */
function auditCalls({ effects, runs }: Evidence): readonly string[] {
  const intents = countBy(
    runs.flatMap((run) => eventsOf(run, 'attempt.intended').map((event) => event.idempotencyKey)),
  );
  const findings: string[] = [];
  for (const [key, calls] of groupBy(effects, ({ key: given }) => given ?? 'no key')) {
    const intended = intents.get(key) ?? 0;
    const name = nameOf(calls);
    if (calls.length > intended) findings.push(`${name}: ${calls.length} calls, and ${intended} recorded intents.`);
    if (!calls.every(({ params }) => isDeepStrictEqual(params, calls[0]?.params))) {
      findings.push(`${name} was called with different params under one key.`);
    }
  }
  return findings;
}

/** No effect happens more often than its step promises, whatever the keys. */
function auditRepeats(effects: readonly Effect[]): readonly string[] {
  const happened = effects.filter(({ type, params }) => type === 'effect' && params['promised'] !== repeatable);
  return [...groupBy(happened, ({ run, step }) => `${run} ${step}`).values()]
    .filter(({ length }) => length > 1)
    .map((times) => `${nameOf(times)} (${String(times[0]?.params['promised'])}) happened ${times.length} times.`);
}

/** What never happened is not taken back. */
function auditCompensations(effects: readonly Effect[]): readonly string[] {
  const happened = effects.filter(({ type }) => type === 'effect');
  return happened.flatMap((effect) => {
    const { undoes } = effect.params;
    const earlier = happened.slice(0, happened.indexOf(effect));
    if (undoes === undefined || earlier.some(({ run, step }) => run === effect.run && step === undoes)) return [];
    return [`${nameOf([effect])} takes back ${JSON.stringify(undoes)}, which had not happened.`];
  });
}

const repeatable: Promised = 'repeatable';

/** What the workflow's author expects, whatever the journal says. */
function auditScenario(
  run: RecordedRun,
  scenarios: readonly Scenario[],
  { effects, runs }: Evidence,
): readonly string[] {
  const scenario = scenarios.find(({ name }) => name === run.workflow);
  const end = eventsOf(run, 'run.ended')[0];
  if (!scenario || !end) return [];
  const givenUp = isGivenUp(run, runs);
  const asExpected = end.status === scenario.ends.status && end.error?.step === stepOf(scenario.ends);
  const missing = (steps: readonly string[]): string[] =>
    steps
      .filter(
        (step) => !effects.some((effect) => effect.run === run.id && effect.step === step && effect.effect !== null),
      )
      .map((step) => `Run ${run.id} (${run.workflow}) has ended, and "${step}" never happened.`);
  return [
    ...(asExpected || givenUp
      ? []
      : [`Run ${run.id} (${run.workflow}) ended as ${end.status} at ${end.error?.step}: ${end.error?.message}`]),
    ...missing(asExpected && !givenUp ? scenario.effects : []),
    ...missing(scenario.always),
  ];
}

/** A person has stated that one of its calls failed, or one of a child's. */
function isGivenUp(run: RecordedRun, runs: readonly RecordedRun[]): boolean {
  if (eventsOf(run, 'attention.resolved').some(({ as }) => as === 'failed')) return true;
  return childrenOf(run, runs).some((child) => isGivenUp(child, runs));
}

function childrenOf({ id }: RecordedRun, runs: readonly RecordedRun[]): readonly RecordedRun[] {
  return runs.filter((other) => eventsOf(other, 'run.started')[0]?.parent?.run === id);
}

function stepOf(ends: Scenario['ends']): string | undefined {
  return ends.status === 'failed' ? ends.step : undefined;
}

function nameOf([call]: readonly Effect[]): string {
  return `${call?.run} ${call?.step} (${call?.tool})`;
}

function groupBy(effects: readonly Effect[], keyOf: (effect: Effect) => string): Map<string, Effect[]> {
  const groups = new Map<string, Effect[]>();
  for (const effect of effects) groups.set(keyOf(effect), [...(groups.get(keyOf(effect)) ?? []), effect]);
  return groups;
}

function countBy(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
