import type { Journal } from '../../engine/ports.ts';
import type { NewRun, RunRecord } from '../../model/run-records.ts';
import { RunnerError } from '../../model/errors.ts';
import type { RunEvent } from '../../model/events.ts';
import type { JsonObject } from '../../model/json.ts';
import { openRequest, openSignal, sealRequest, sealSignal, sealState, sealedState } from './sealed-values.ts';
import type { Sealer } from './sealer.ts';

/** An event as it is stored: what tells its place in the run is in the clear, all the rest is sealed. */
interface SealedEvent {
  readonly type: RunEvent['type'];
  readonly at: number;
  readonly key?: string;
  readonly sealed: string;
}

/**
 * The same journal, with inputs and bodies of events sealed where there is a key. What was written without one can
 * still be read, and nothing is written in the clear because a key is missing.
 */
export function sealedJournal(journal: Journal, sealer: Sealer): Journal {
  const seal = (run: string, events: readonly RunEvent[]): readonly RunEvent[] =>
    sealer.seals ? events.map((event) => sealEvent(run, event, sealer)) : events;
  return {
    create: async (run, owner, events) =>
      journal.create(sealer.seals ? sealRun(run, sealer) : run, owner, seal(run.id, events)),
    append: async (run, epoch, events, change) =>
      journal.append(run, epoch, seal(run, events), change && { ...change, ...sealState(change, sealer) }),
    events: (run) => journal.events(run).map((event) => openEvent(run, event, sealer)),
    *read(run) {
      for (const event of journal.read(run)) yield openEvent(run, event, sealer);
    },
    find: (id) => openRecord(journal.find(id), sealer),
    list: (filter) => journal.list(filter).map((record) => openRecord(record, sealer)),
    definition: (hash) => journal.definition(hash),
    claim: async (run, owner, options) => {
      // A run that cannot go on must not be taken from anybody.
      void sealer.seals;
      return journal.claim(run, owner, options);
    },
    ledger: journal.ledger,
    claimNext: async (owner, look) => {
      void sealer.seals;
      return journal.claimNext(owner, look);
    },
    nextWake: (now) => journal.nextWake(now),
    heartbeat: (owner) => journal.heartbeat(owner),
    request: async (run, request) => journal.request(run, sealRequest(run, request, sealer)),
    takeRequests: (owner) => journal.takeRequests(owner).map((taken) => openRequest(taken, sealer)),
    sendSignal: async (signal) => journal.sendSignal(sealSignal(signal, sealer)),
    signals: (...wanted) => journal.signals(...wanted).map((signal) => openSignal(signal, sealer)),
    lastSignal: () => journal.lastSignal(),
    state: sealedState(journal.state, sealer),
    close: () => journal.close(),
  };
}

function sealEvent(run: string, event: RunEvent, sealer: Sealer): RunEvent {
  const { type, at, ...body } = event;
  const place = 'key' in event ? { type, at, key: event.key } : { type, at };
  const sealed: SealedEvent = { ...place, sealed: sealer.seal(JSON.stringify(body), placeOf(run, place)) };
  // Journals store events as they are given, and look at no more than type, key and time.
  return sealed as unknown as RunEvent;
}

function openEvent(run: string, event: RunEvent | SealedEvent, sealer: Sealer): RunEvent {
  if (!('sealed' in event)) return event;
  const { type, at, sealed } = event;
  const body = JSON.parse(sealer.open(sealed, placeOf(run, event))) as object;
  return { type, at, ...body } as RunEvent;
}

function placeOf(run: string, { type, at, key = '' }: Omit<SealedEvent, 'sealed'>): string {
  return `${run}\n${type}\n${at}\n${key}`;
}

function sealRun(run: NewRun, sealer: Sealer): NewRun {
  return { ...run, inputs: { sealed: sealer.seal(JSON.stringify(run.inputs), `${run.id}\ninputs`) } };
}

/** A list of runs is of use without the key, too. */
function openRecord(record: RunRecord, sealer: Sealer): RunRecord {
  const { sealed } = record.inputs;
  if (typeof sealed !== 'string' || !/^[\da-f]{8}\.[A-Za-z0-9+/]{40,}=*$/.test(sealed)) return record;
  try {
    return { ...record, inputs: JSON.parse(sealer.open(sealed, `${record.id}\ninputs`)) as JsonObject };
  } catch (error) {
    if (error instanceof RunnerError && error.code === 'JOURNAL_KEY_MISSING') {
      return { ...record, inputs: { '[sealed]': sealed.slice(0, 8) } };
    }
    throw error;
  }
}
