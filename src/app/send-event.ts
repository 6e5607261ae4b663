import type { Journal } from '../engine/ports.ts';
import type { Json } from '../model/json.ts';
import { foldRun } from '../model/run-view-fold.ts';
import { waitsOf } from '../model/run-view-waits.ts';
import type { Owner, RunRecord } from '../model/run-records.ts';
import type { App } from './app.ts';
import { executorOfRun } from './executors.ts';

export interface EventToSend {
  readonly name: string;
  readonly payload: Json;
  readonly by: string;
  /** Only for this run and those that it has started. */
  readonly run?: string;
}

/** A step that waits for an event, or has taken it. */
export interface EventTaker {
  readonly run: string;
  readonly workflow: string;
  readonly step: string;
}

export interface SentEvent {
  readonly n: number;
  readonly name: string;
  readonly takenBy: readonly EventTaker[];
  /** Steps that wait for it in runs that no process has: they take it when their run goes on. */
  readonly parked: readonly EventTaker[];
  /** Steps that wait for an event of this name and have not taken this one, because of their `match`, it seems. */
  readonly passedOver: readonly EventTaker[];
}

/** Runs that are asked whether they took an event; with more than that, some may not be named. */
const mostRuns = 500;
const lookAgainMs = 100;

/**
 * Sends an event, and looks who takes it.
 * @param patienceMs how long living processes may take
 * @throws RunnerError RUN_NOT_FOUND, RUN_AMBIGUOUS, RUN_FINAL, PAYLOAD_TOO_LARGE: nothing was sent
 */
export async function sendEvent(app: App, event: EventToSend, patienceMs: number): Promise<SentEvent> {
  const journal = await app.stores.journal();
  const run = event.run === undefined ? undefined : journal.find(event.run).id;
  const waiting = await waitersFor(app, journal, event.name);
  const n = await journal.sendSignal({ ...event, ...(run === undefined ? {} : { run }) });
  const until = app.clock.now() + patienceMs;
  const { signal } = new AbortController();
  for (;;) {
    const takenBy = waiting.filter((waiter) => hasTaken(journal, waiter, n));
    const left = waiting.filter((waiter) => !takenBy.includes(waiter) && isFor(waiter, run));
    const tended = left.filter(({ executor }) => executor !== undefined);
    if (tended.length === 0 || app.clock.now() >= until) {
      const parked = left.filter(({ executor }) => executor === undefined);
      const told = { takenBy: takenBy.map(takerOf), parked: parked.map(takerOf), passedOver: tended.map(takerOf) };
      return { n, name: event.name, ...told };
    }
    await app.clock.until(app.clock.now() + lookAgainMs, signal);
  }
}

interface Waiter {
  readonly record: RunRecord;
  readonly step: string;
  /** The living process that will look at the event. */
  readonly executor: Owner | undefined;
}

async function waitersFor(app: App, journal: Journal, name: string): Promise<readonly Waiter[]> {
  const records = journal.list({ statuses: ['waiting', 'running', 'interrupted'], limit: mostRuns });
  const found = records.map(async (record): Promise<readonly Waiter[]> => {
    const { workflow } = journal.definition(record.definition);
    const waits = waitsOf(foldRun(journal.events(record.id), workflow));
    const steps = waits.filter(({ wait }) => wait.reason === 'event' && wait.name === name);
    if (steps.length === 0) return [];
    const executor = await executorOfRun(app, record);
    return steps.map(({ step }) => ({ record, step: step.key, executor }));
  });
  return (await Promise.all(found)).flat();
}

function hasTaken(journal: Journal, { record, step }: Waiter, n: number): boolean {
  return journal
    .events(record.id)
    .some((event) => event.type === 'signal.received' && event.key === step && event.signal === n);
}

function isFor({ record }: Waiter, run: string | undefined): boolean {
  return run === undefined || record.id === run || record.root === run;
}

function takerOf({ record, step }: Waiter): EventTaker {
  return { run: record.id, workflow: record.workflow, step };
}
