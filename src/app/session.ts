import { RunnerError } from '../model/errors.ts';
import type { ActiveRun, RunObserver } from './active-run.ts';
import { openApp } from './app.ts';
import type { App, AppOptions } from './app.ts';
import { callTool, openCallRoom } from './call-tool.ts';
import type { ToolCallRequest } from './call-tool.ts';
import { runChain } from './chain.ts';
import type { ChainRequest } from './chain.ts';
import { openEngineRoom } from './engine-room.ts';
import type { EngineRoom } from './engine-room.ts';
import { runWorkflow } from './run-workflow.ts';
import type { RunRequest } from './run-workflow.ts';
import type { StandIns } from './stand-ins.ts';
import { openToolServers } from './tool-servers.ts';
import type { ToolServers } from './tool-servers.ts';

type Unplaced<Request> = Omit<Request, 'room'>;

/** A project in use for long: all runs and calls share connections, limits, equal reads and stand-ins. */
export class Session {
  readonly app: App;
  readonly #standIns: StandIns;
  readonly #servers: ToolServers;
  readonly #active = new Set<Promise<ActiveRun>>();
  #runs: Promise<EngineRoom> | undefined;
  #calls: Promise<EngineRoom> | undefined;
  #isClosed = false;

  constructor(app: App, standIns: StandIns) {
    this.app = app;
    this.#standIns = standIns;
    this.#servers = openToolServers(app.configuration);
    app.closeFirst(() => this.#servers.close());
  }

  run(request: Unplaced<RunRequest>, observer: RunObserver): Promise<ActiveRun> {
    return this.#keep(() => runWorkflow(this.app, { ...request, room: () => this.#runRoom() }, observer));
  }

  chain(request: Unplaced<ChainRequest>, observer: RunObserver): Promise<ActiveRun> {
    return this.#keep(() => runChain(this.app, { ...request, room: () => this.#runRoom() }, observer));
  }

  call(request: Unplaced<ToolCallRequest>, observer: RunObserver): Promise<ActiveRun> {
    return this.#keep(() => callTool(this.app, { ...request, room: () => this.#callRoom() }, observer));
  }

  /**
   * Lets the calls in flight end and begins nothing new: runs that are under way stay behind interrupted, to be
   * resumed. Then closes everything.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const run of await Promise.allSettled(this.#active)) if (run.status === 'fulfilled') run.value.stop();
    await Promise.allSettled([...this.#active].map(async (run) => (await run).done));
    await this.app.close();
  }

  async #keep(start: () => Promise<ActiveRun>): Promise<ActiveRun> {
    if (this.#isClosed) throw new RunnerError('USAGE', 'This runner has been closed.');
    const starting = start();
    this.#active.add(starting);
    const forget = (): unknown => this.#active.delete(starting);
    void starting.then((run) => run.done.then(forget, forget), forget);
    return starting;
  }

  #runRoom(): Promise<EngineRoom> {
    this.#runs ??= openEngineRoom(this.app, this.#shared()).catch((error: unknown) => {
      this.#runs = undefined;
      throw error;
    });
    return this.#runs;
  }

  #callRoom(): Promise<EngineRoom> {
    this.#calls ??= openCallRoom(this.app, this.#shared()).catch((error: unknown) => {
      this.#calls = undefined;
      throw error;
    });
    return this.#calls;
  }

  #shared(): { readonly servers: ToolServers; readonly standIns: StandIns } {
    return { servers: this.#servers, standIns: this.#standIns };
  }
}

/**
 * Opens the project around a folder for long use.
 * @throws RunnerError CONFIG_INVALID
 */
export async function openSession(options: AppOptions, standIns: StandIns): Promise<Session> {
  return new Session(await openApp(options), standIns);
}
