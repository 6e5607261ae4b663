import { createMemoryBreakers } from '../../src/adapters/memory/breakers.ts';
import { createMemoryCache } from '../../src/adapters/memory/cache.ts';
import { createMemoryJournal } from '../../src/adapters/memory/journal.ts';
import { createMemoryLimits } from '../../src/adapters/memory/limits.ts';
import { createMemoryTelemetry } from '../../src/adapters/memory/telemetry.ts';
import { Engine, type RunHandle } from '../../src/engine/engine.ts';
import type { RunOutcome, StartRequest } from '../../src/engine/parts.ts';
import type { Journal, Refusals, Telemetry } from '../../src/engine/ports.ts';
import type { Owner } from '../../src/model/run-records.ts';
import { resolveInputs } from '../../src/language/inputs.ts';
import { loadWorkflow } from '../../src/language/load.ts';
import type { RunEvent, RunOptions } from '../../src/model/events.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { isFinal } from '../../src/model/states.ts';
import type { Workflow } from '../../src/model/workflow.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { FarSide, type Script } from './far-side.ts';

export interface SimulationOptions {
  readonly script?: Script;
  readonly inputs?: JsonObject;
  readonly options?: Partial<RunOptions>;
  readonly env?: JsonObject;
  readonly inFlight?: number;
  readonly refusals?: Refusals;
  /** Workflows that can be reached, as YAML by name. */
  readonly children?: Readonly<Record<string, string>>;
}

/** The process dies here: nothing of it goes on, and what it had not committed is lost. */
export class Crash extends Error {}

/** When the process dies: at the n-th write to the journal, just before or just after it is durable. */
export interface CrashPoint {
  readonly write: number;
  readonly when: 'before' | 'after';
}

/**
 * Runs workflows in virtual time against a scripted far side, with the real engine over the journal in memory.
 * A crash drops the engine; the next one finds only what the journal holds.
 */
export class Simulation {
  readonly clock: ManualClock = createManualClock();
  readonly farSide: FarSide;
  readonly journal: Journal;
  readonly telemetry: Telemetry = createMemoryTelemetry();
  readonly workflow: Workflow;
  writes = 0;
  private readonly cache = createMemoryCache();
  readonly breakers = createMemoryBreakers();
  readonly limits = createMemoryLimits();
  private readonly given: SimulationOptions;
  private readonly dead = new Set<string>();
  private lives = 0;
  private runs = 0;

  constructor(workflow: Workflow, given: SimulationOptions = {}) {
    this.workflow = workflow;
    this.given = given;
    this.farSide = new FarSide(this.clock, given.script ?? {});
    this.journal = createMemoryJournal({ isAlive: ({ instance }) => !this.dead.has(instance), clock: this.clock });
  }

  /** An engine as a new process would have it. */
  boot(crash?: CrashPoint): { readonly engine: Engine; readonly owner: Owner } {
    this.lives += 1;
    const owner = { host: 'here', pid: this.lives, processStart: '1', bootId: 'boot', instance: `life-${this.lives}` };
    const connector = this.farSide;
    const engine = new Engine({
      journal: this.mortal(owner, crash),
      telemetry: this.telemetry,
      cache: this.cache,
      breakers: this.breakers,
      limits: this.limits,
      clock: this.clock,
      random: () => 0.5,
      connectors: { tool: connector, http: connector, run: connector },
      owner,
      space: '',
      inFlight: this.given.inFlight ?? 100,
      env: this.given.env ?? {},
      ...(this.given.refusals ? { refusals: this.given.refusals } : {}),
    });
    return { engine, owner };
  }

  async start(engine: Engine): Promise<RunHandle> {
    this.runs += 1;
    return engine.start(this.request());
  }

  private request(): StartRequest {
    return {
      id: `run-${this.runs}`,
      workflow: this.workflow,
      source: '',
      inputs: this.given.inputs ?? {},
      options: { dryRun: false, cache: true, ...this.given.options },
    };
  }

  /** Runs from start to end without a crash. */
  async run(): Promise<RunOutcome> {
    const { engine } = this.boot();
    return this.finish(await this.start(engine));
  }

  /** Lets virtual time pass until a run is over. */
  async finish(handle: RunHandle): Promise<RunOutcome> {
    // What the engine loads when it is needed first would take real time, in which virtual time must not pass.
    await resolveInputs({ warm: { schema: { type: 'string' } } }, { warm: 'up' });
    const over = new AbortController();
    const mark = (): void => over.abort();
    handle.done.then(mark, mark);
    for (let turn = 0; !over.signal.aborted; turn += 1) {
      if (turn > 100_000) throw new Error('The simulation does not come to an end.');
      if (!(await this.clock.advanceToNext())) await new Promise((resolve) => setImmediate(resolve));
    }
    return handle.done;
  }

  /** Runs with a crash at a point and continues in a new process; undefined when the point is never reached. */
  async runWithCrash(crash: CrashPoint): Promise<RunOutcome | undefined> {
    const { engine, owner } = this.boot(crash);
    try {
      await this.finish(await this.start(engine));
      return undefined;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
    this.dead.add(owner.instance);
    if (this.events().length === 0) {
      this.runs -= 1;
      return this.run();
    }
    return this.continueRun();
  }

  /** Continues the last run in a new process. */
  async continueRun(): Promise<RunOutcome> {
    if (isFinal(this.journal.find(`run-${this.runs}`).status)) return lastOutcome(this.events());
    return this.finish(await this.boot().engine.resume(`run-${this.runs}`));
  }

  /** Gives the run to a process that leaves it when it only waits; then time passes with nobody at it. */
  async runUntilParked(): Promise<RunOutcome> {
    const { engine } = this.boot();
    this.runs += 1;
    return this.finish(await engine.start({ ...this.request(), park: 'always' }));
  }

  /** The runs so far, children too. */
  everyRun(): readonly { readonly id: string; readonly events: readonly RunEvent[] }[] {
    return this.journal.list({ limit: 10_000 }).map(({ id }) => ({ id, events: this.journal.events(id) }));
  }

  events(): readonly RunEvent[] {
    return this.journal.events(`run-${this.runs}`);
  }

  /** The journal as a process sees it that dies at a point: from then on it hears and says nothing. */
  private mortal(owner: Owner, crash: CrashPoint | undefined): Journal {
    const { journal } = this;
    let isDead = false;
    const write = async <T>(commit: () => Promise<T>): Promise<T> => {
      if (isDead) throw new Crash();
      this.writes += 1;
      const isHere = this.writes === crash?.write;
      if (isHere && crash.when === 'before') isDead = true;
      if (isDead) throw new Crash();
      const result = await commit();
      if (isHere) isDead = true;
      if (isDead) throw new Crash();
      return result;
    };
    return {
      create: (...given) => write(() => journal.create(...given)),
      append: (...given) => write(() => journal.append(...given)),
      claim: (...given) => write(() => journal.claim(...given)),
      claimNext: (...given) => write(() => journal.claimNext(...given)),
      nextWake: (now) => journal.nextWake(now),
      sendSignal: (signal) => journal.sendSignal(signal),
      signals: (...wanted) => journal.signals(...wanted),
      lastSignal: () => journal.lastSignal(),
      state: journal.state,
      heartbeat: async () => (isDead ? undefined : journal.heartbeat(owner)),
      takeRequests: (who) => (isDead ? [] : journal.takeRequests(who)),
      ledger: journal.ledger,
      events: (run) => journal.events(run),
      read: (run) => journal.read(run),
      find: (id) => journal.find(id),
      list: (filter) => journal.list(filter),
      definition: (hash) => journal.definition(hash),
      request: (run, request) => journal.request(run, request),
      close: () => journal.close(),
    };
  }
}

function lastOutcome(events: readonly RunEvent[]): RunOutcome {
  const last = events.at(-1);
  if (last?.type !== 'run.ended') throw new Error('The run is final but its last event is another.');
  const { status, output, error } = last;
  return { status, ...(output === undefined ? {} : { output }), ...(error ? { error } : {}) };
}

/** A checked workflow from YAML text; throws with all findings where it is not right. */
export async function workflowOf(yaml: string): Promise<Workflow> {
  const file = `${/^name: (\w+)/m.exec(yaml)?.[1] ?? 'test'}.yaml`;
  const { workflow, diagnostics } = await loadWorkflow(new TextEncoder().encode(yaml), { file });
  if (!workflow) throw new Error(diagnostics.map(({ line, code, message }) => `${line} ${code} ${message}`).join('\n'));
  return workflow;
}

/** A simulation of `steps`, given as the YAML list (or more top-level keys, from column 0). */
export async function simulate(steps: string, given: SimulationOptions = {}): Promise<Simulation> {
  const head = /^(?:steps|inputs|defaults):/m.test(steps) ? '' : 'steps:\n';
  const workflow = await workflowOf(`name: test\n${head}${steps}`);
  return new Simulation(await withChildren(workflow, given.children), given);
}

/** As the loader of a project does: every workflow holds all that can be reached from the outermost one. */
export async function withChildren(
  workflow: Workflow,
  texts: Readonly<Record<string, string>> = {},
): Promise<Workflow> {
  const names = Object.keys(texts);
  if (names.length === 0) return workflow;
  const loaded = await Promise.all(names.map((name) => workflowOf(texts[name] ?? '')));
  const children: Record<string, Workflow> = {};
  for (const child of loaded) children[child.name] = { ...child, children };
  return { ...workflow, children };
}
