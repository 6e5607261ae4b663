import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryJournal } from '../../../src/adapters/memory/journal.ts';
import { openJournal } from '../../../src/adapters/sqlite/journal.ts';
import type { Journal } from '../../../src/engine/ports.ts';
import { RunnerError } from '../../../src/model/errors.ts';
import type { NewRun, Owner, RunChange, RunGroup } from '../../../src/model/run-records.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { alice, ended, fired, newRun } from '../../support/sample-run.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/**
 * The file keeps notes of which runs are ready, so that a look is cheap; the journal in memory works that out anew each
 * time. Whatever happens, in whatever order, both give the same runs to the same workers.
 */
describe('the journal in SQLite and the one in memory', () => {
  it('give out the same runs after any history', { timeout: 300_000 }, async () => {
    const property = fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 40 }), async (actions) => {
      const clock = createManualClock();
      const dead = new Set<string>();
      const parts = { clock, isAlive: ({ instance }: Owner) => !dead.has(instance) };
      const [file, memory] = [await openJournal({ folder: temporaryFolder(), ...parts }), createMemoryJournal(parts)];
      file.store.connection.pragma('synchronous = OFF');
      try {
        for (const act of actions) {
          const world = { clock, isFirst: true, kill: (instance: string) => void dead.add(instance) };
          expect(await perform(act, file, world)).toEqual(await perform(act, memory, { ...world, isFirst: false }));
          expect(openRuns(file)).toEqual(openRuns(memory));
          // A look too many costs little; one too few leaves a run lying.
          expect(isReady(file, clock) || !isReady(memory, clock)).toBe(true);
        }
      } finally {
        await file.close();
      }
    });

    await fc.assert(property, { numRuns: 150 });
  });
});

const ids = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5'] as const;
const workers = ['w0', 'w1', 'w2'] as const;
const names = ['paid', 'shipped'] as const;

const id = fc.constantFrom(...ids);
const group: fc.Arbitrary<RunGroup | undefined> = fc.option(
  fc.record({ key: fc.constantFrom('g', 'h'), limit: fc.constantFrom(1, 2), onConflict: conflict() }),
  { nil: undefined },
);

function conflict() {
  return fc.constantFrom('queue' as const, 'reject' as const, 'cancel_running' as const);
}

const action = fc.oneof(
  fc.record({
    kind: fc.constant('create' as const),
    id,
    group,
    owner: fc.option(fc.constantFrom(...workers), { nil: undefined }),
    parent: fc.option(id, { nil: undefined, freq: 3 }),
    priority: fc.constantFrom(0, 0, 1),
    runKey: fc.option(fc.constantFrom('k', 'l'), { nil: undefined, freq: 2 }),
  }),
  fc.record({
    kind: fc.constant('release' as const),
    id,
    status: fc.constantFrom('waiting', 'paused', 'needs_attention', 'interrupted', 'succeeded', 'running', 'undoing'),
    wakeIn: fc.option(fc.constantFrom(0, 5_000, 60_000), { nil: undefined }),
    events: fc.subarray([...names]),
    seen: fc.constantFrom(0, 1, 99),
  }),
  fc.record({ kind: fc.constant('next' as const), worker: fc.constantFrom(...workers), exclude: fc.subarray(['r0']) }),
  fc.record({ kind: fc.constant('claim' as const), id, worker: fc.constantFrom(...workers), force: fc.boolean() }),
  fc.record({ kind: fc.constant('request' as const), id, ask: fc.constantFrom('cancel' as const, 'pause' as const) }),
  fc.record({ kind: fc.constant('take' as const), worker: fc.constantFrom(...workers), settle: fc.boolean() }),
  fc.record({
    kind: fc.constant('signal' as const),
    name: fc.constantFrom(...names),
    run: fc.option(id, { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('advance' as const), ms: fc.constantFrom(1_000, 6_000, 20_000, 100_000_000) }),
  fc.record({ kind: fc.constant('heartbeat' as const), worker: fc.constantFrom(...workers) }),
  fc.record({ kind: fc.constant('progress' as const), id }),
  fc.record({ kind: fc.constant('die' as const), worker: fc.constantFrom(...workers) }),
);

type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

interface World {
  readonly clock: ManualClock;
  /** False: what happens outside of journals has happened already. */
  readonly isFirst: boolean;
  readonly kill: (instance: string) => void;
}

/** What came of it, with a refusal as its code. */
async function perform(act: Action, journal: Journal, world: World): Promise<unknown> {
  try {
    return await attempt(act, journal, world);
  } catch (error) {
    if (error instanceof RunnerError) return error.code;
    throw error;
  }
}

async function attempt(act: Action, journal: Journal, { clock, isFirst, kill }: World): Promise<unknown> {
  switch (act.kind) {
    case 'create':
      return journal.create(runOf(act), act.owner === undefined ? undefined : worker(act.owner), [fired('x')]);
    case 'release':
      return release(act, journal, clock.now());
    case 'next':
      return journal.claimNext(worker(act.worker), { now: clock.now(), exclude: act.exclude });
    case 'claim':
      return journal.claim(act.id, worker(act.worker), { force: act.force });
    case 'request':
      return journal.request(act.id, { kind: act.ask, by: 'ann' });
    case 'take':
      return take(act, journal);
    case 'signal':
      return journal.sendSignal({ name: act.name, payload: null, by: 'ann', ...(act.run && { run: act.run }) });
    case 'advance':
      return isFirst ? clock.advance(act.ms) : undefined;
    case 'heartbeat':
      return journal.heartbeat(worker(act.worker));
    case 'progress':
      return journal.append(act.id, journal.find(act.id).epoch, [ended('s')], { status: 'running' });
    case 'die':
      return kill(act.worker);
  }
}

function runOf({
  id: name,
  group: counted,
  parent,
  priority,
  runKey,
  owner,
}: Action & { readonly kind: 'create' }): NewRun {
  return {
    ...newRun(name, 1),
    status: owner === undefined ? 'queued' : 'running',
    priority,
    ...(counted && { group: counted }),
    ...(parent !== undefined && { parent }),
    ...(runKey !== undefined && { runKey }),
  };
}

async function release(act: Action & { readonly kind: 'release' }, journal: Journal, now: number): Promise<unknown> {
  const { status, wakeIn, events, seen } = act;
  const wakes = wakeIn === undefined ? {} : { wakeAt: now + wakeIn };
  const parking =
    status === 'waiting' ? { parking: { ...wakes, events, seen: Math.min(seen, journal.lastSignal()) } } : {};
  const change: RunChange = {
    status,
    release: status !== 'running' && status !== 'undoing',
    ...parking,
  };
  return journal.append(act.id, journal.find(act.id).epoch, [fired('y')], change);
}

async function take(act: Action & { readonly kind: 'take' }, journal: Journal): Promise<unknown> {
  const taken = journal.takeRequests(worker(act.worker));
  for (const { n, run } of act.settle ? taken : []) {
    await journal.append(run, journal.find(run).epoch, [], { settled: [n] });
  }
  return taken.map(({ run, request }) => [run, request.kind]);
}

function worker(instance: string): Owner {
  return { ...alice, instance };
}

function openRuns(journal: Journal): unknown {
  return ids.map((name) => {
    try {
      return journal.find(name);
    } catch {
      return name;
    }
  });
}

function isReady(journal: Journal, clock: ManualClock): boolean {
  const wake = journal.nextWake(clock.now());
  return wake !== undefined && wake <= clock.now();
}
