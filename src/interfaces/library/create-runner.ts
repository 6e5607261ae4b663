import { closeBreaker, listBreakers, openBreaker } from '../../app/breakers.ts';
import { clearCache, switchReport, turnCache } from '../../app/cache.ts';
import { listRuns } from '../../app/runs.ts';
import { openSession } from '../../app/session.ts';
import type { Session } from '../../app/session.ts';
import { StandIns } from '../../app/stand-ins.ts';
import { executionHistory, toolMetrics } from '../../app/telemetry.ts';
import { listTools, syncTools } from '../../app/tools.ts';
import { userName } from '../../app/user-name.ts';
import { RunnerError } from '../../model/errors.ts';
import type { JsonObject } from '../../model/json.ts';
import { parseDuration } from '../../model/time.ts';
import * as answers from './answers.ts';
import { fileSteps } from './chain-steps.ts';
import type { OpenBreakerOptions } from './circuit-types.ts';
import { follow } from './follow.ts';
import { overallPerformance } from './performance.ts';
import type * as api from './types.ts';

/**
 * A runner for the project around a folder. Nothing is read, opened or connected before the first method is called;
 * whoever creates it closes it.
 */
export function createRunner(options: api.RunnerOptions = {}): api.Runner {
  return new ProjectRunner(options);
}

/** More runs than anybody counts by hand. */
const countedRuns = 10_000;

class ProjectRunner implements api.Runner {
  readonly #options: api.RunnerOptions;
  readonly #standIns = new StandIns();
  #session: Promise<Session> | undefined;
  #isClosed = false;

  constructor(options: api.RunnerOptions) {
    this.#options = options;
  }

  async run<Output>(workflow: string, inputs: JsonObject = {}, options: api.RunOptions = {}) {
    checkJson('inputs', inputs);
    const session = await this.#open();
    const { dryRun = false, cache = true } = options;
    const given = Object.entries(inputs).map(([name, value]) => ({ name, value }));
    const request = { workflow, inputs: given, dryRun, cache };
    const followed = await follow((observer) => session.run(request, observer), options);
    return answers.runResult<Output>(followed, session.app.configuration.redactor);
  }

  async chain<Output>(name: string, steps: readonly api.ChainStep[], options: api.ChainOptions = {}) {
    const session = await this.#open();
    const { failFast = true, cache = true, inputs = {} } = options;
    const request = { name, steps: fileSteps(steps), inputs, failFast, cache };
    const followed = await follow((observer) => session.chain(request, observer), options);
    return answers.runResult<Output>(followed, session.app.configuration.redactor);
  }

  async call<Result>(tool: string, params: JsonObject = {}, options: api.CallOptions = {}) {
    checkJson('params', params);
    const session = await this.#open();
    const { cache = true, cacheTtl } = options;
    const request = {
      tool,
      params,
      cache,
      cacheTtlMs: cacheTtl === undefined ? undefined : msOf('cacheTtl', cacheTtl),
    };
    const called = await follow((observer) => session.call(request, observer), options);
    return answers.callResult<Result>(called, session.app.configuration.redactor);
  }

  async discover(filter: api.ToolFilter = {}): Promise<api.Discovery> {
    const { app } = await this.#open();
    const { down } = await syncTools(app);
    const { tools } = await listTools(app, filter);
    return {
      tools: tools.map(answers.toolInfo),
      down: down.map(({ server, error }) => ({ server, message: error.message })),
    };
  }

  async history({ limit = 100, runId, ...filter }: api.HistoryFilter = {}): Promise<readonly api.HistoryEntry[]> {
    const { app } = await this.#open();
    if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
      throw new RunnerError('USAGE', `The limit is ${limit}, which is not a whole number from 1 to 10,000.`);
    }
    const run = runId === undefined ? {} : { run: runId };
    return (await executionHistory(app, { ...filter, limit, ...run })).map(answers.historyEntry);
  }

  async metrics(filter: api.CallFilter = {}): Promise<readonly api.ToolMetrics[]> {
    const { app } = await this.#open();
    return (await toolMetrics(app, filter)).map(answers.toolMetrics);
  }

  async performance(): Promise<api.Performance> {
    const { app } = await this.#open();
    const [tools, runs, cache] = await Promise.all([
      this.metrics(),
      listRuns(app, { limit: countedRuns }),
      app.stores.cache(),
    ]);
    const { entries } = await cache.stats(app.clock.now());
    return overallPerformance(tools, {
      runs: runs.length,
      cacheEntries: entries,
      cacheEnabled: switchReport(app).isOn,
    });
  }

  async clearCache(filter: api.TargetFilter = {}): Promise<number> {
    const { app } = await this.#open();
    return (await clearCache(app, filter)).cleared;
  }

  async setCacheEnabled(enabled: boolean): Promise<boolean> {
    if (typeof enabled !== 'boolean') throw notA('setCacheEnabled takes true or false', enabled);
    const { app } = await this.#open();
    return turnCache(app, enabled ? 'on' : 'off').isOn;
  }

  async breakers() {
    const { app } = await this.#open();
    return (await listBreakers(app)).map(answers.circuitReport);
  }

  async openBreaker(key: string, options: OpenBreakerOptions = {}): Promise<void> {
    const { for: time, by = userName() } = options;
    const forMs = time === undefined ? undefined : msOf('for', time);
    const { app } = await this.#open();
    await openBreaker(app, key, { by, forMs });
  }

  async closeBreaker(key: string): Promise<boolean> {
    const { app } = await this.#open();
    return closeBreaker(app, key);
  }

  registerFallback(
    server: string,
    tool: string,
    handler: api.FallbackHandler,
    { effect = 'write' }: api.FallbackOptions = {},
  ): void {
    if (typeof handler !== 'function') throw notA('The handler of registerFallback is a function', handler);
    for (const [what, name] of Object.entries({ server, tool })) {
      if (typeof name !== 'string' || name === '') throw notA(`The ${what} of registerFallback is a name`, name);
    }
    const answer = async (...[params, call]: Parameters<api.FallbackHandler>) => (await handler(params, call)) ?? null;
    this.#standIns.register({ server, tool }, { handler: answer, effect });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const session = await this.#session?.catch(() => undefined);
    await session?.close();
  }

  #open(): Promise<Session> {
    if (this.#isClosed) return Promise.reject(new RunnerError('USAGE', 'This runner has been closed.'));
    const { cwd = process.cwd(), env = process.env, sandbox = false, environment } = this.#options;
    this.#session ??= openSession({ cwd, variables: env, sandbox, environment }, this.#standIns).catch(
      (error: unknown) => {
        // A configuration that is put right is read at the next call.
        this.#session = undefined;
        throw error;
      },
    );
    return this.#session;
  }
}

/** @throws RunnerError USAGE */
/** @throws RunnerError USAGE when a value is none of JSON, so that it could be neither sent nor kept */
function checkJson(what: string, value: unknown): void {
  try {
    JSON.stringify(value);
  } catch (cause) {
    const reason =
      cause instanceof TypeError && cause.message.includes('BigInt') ? 'a BigInt' : 'a circle of references';
    const hint = 'Give text, numbers, true, false, null, and lists and objects of these.';
    throw new RunnerError('USAGE', `${what} holds ${reason}, which JSON cannot hold.`, { hint, cause });
  }
}

function notA(expected: string, found: unknown): RunnerError {
  const shown = typeof found === 'string' ? JSON.stringify(found) : `a value of type ${typeof found}`;
  return new RunnerError('USAGE', `${expected}, and not ${shown}.`);
}

function msOf(option: string, time: number | string): number {
  const ms = typeof time === 'number' ? time * 1_000 : parseDuration(time);
  if (ms !== undefined && ms >= 0 && Number.isFinite(ms)) return Math.round(ms);
  throw new RunnerError('USAGE', `${option} is ${JSON.stringify(time)}, which is no length of time.`, {
    hint: 'Give a number of seconds, or text such as "10m".',
  });
}
