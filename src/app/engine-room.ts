import { Engine } from '../engine/engine.ts';
import type { RunHandle } from '../engine/engine.ts';
import type { CallProgress, Connector, Journal } from '../engine/ports.ts';
import type { JsonObject } from '../model/json.ts';
import type { Owner } from '../model/run-records.ts';
import type { SchemaCheck } from '../model/schema-check.ts';
import type { Redactor } from '../model/redaction.ts';
import type { ActiveRun, RunInfo, RunObserver } from './active-run.ts';
import type { App } from './app.ts';
import { watchCacheSwitch } from './cache-switch.ts';
import { valuesOfRun } from './hide-family.ts';
import { manualConnector } from './manual-work.ts';
import { namespacedBreakers, namespacedCache, namespacedLimits, spaceOf } from './namespaces.ts';
import { openRefusals } from './refusals.ts';
import { secretDoor } from './secrets/secret-door.ts';
import type { Vault } from './secrets/vault.ts';
import { switchedCache, switchedTelemetry } from './switched-cache.ts';
import { StandIns } from './stand-ins.ts';
import { openToolServers } from './tool-servers.ts';
import type { ToolServers } from './tool-servers.ts';

/** An engine with its parts, for as long as runs go on in this process. */
export interface EngineRoom {
  readonly engine: Engine;
  readonly owner: Owner;
  readonly journal: Journal;
  readonly standIns: StandIns;
  readonly redactor: Redactor;
  readonly vault: Vault;
}

export interface RoomOptions {
  /** Absent: the project's own. */
  readonly journal?: Journal;
  /** Shared with others, and closed by them; absent: its own. */
  readonly servers?: ToolServers;
  readonly standIns?: StandIns;
}

/**
 * Puts the engine together. Bridge, sandbox and connectors come into being with their first call, and are closed with
 * the app.
 */
export async function openEngineRoom(app: App, options: RoomOptions = {}): Promise<EngineRoom> {
  const { configuration, stores, clock, vault } = app;
  const [journal, limits, telemetry, cache, { currentOwner }, { randomNumber }] = await Promise.all([
    options.journal ?? stores.journal(),
    stores.limits(),
    stores.telemetry(),
    stores.cache(),
    import('../adapters/system/owner.ts'),
    import('../adapters/system/random-number.ts'),
  ]);
  const owner = currentOwner();
  const isOn = watchCacheSwitch(configuration.home, configuration.cache);
  const servers = options.servers ?? openToolServers(configuration);
  const standIns = options.standIns ?? new StandIns();
  const guarded = (connector: Connector): Connector => secretDoor(connector, vault, configuration.redactor.ofData);
  const engine = new Engine({
    journal,
    telemetry: switchedTelemetry(telemetry, isOn),
    cache: switchedCache(namespacedCache(cache, configuration), isOn),
    breakers: namespacedBreakers(limits.breakers, configuration),
    limits: namespacedLimits(limits.limits, configuration),
    clock,
    random: randomNumber,
    connectors: {
      tool: manualConnector(guarded(standIns.connector(servers.connector)), {
        store: () => stores.manualWork(),
        redactor: configuration.redactor,
        now: () => clock.now(),
      }),
      http: guarded(lazyConnector(() => openHttpConnector(configuration.allowHosts))),
      run: guarded(lazyConnector(() => openRunConnector(configuration.project.root))),
    },
    refusals: await openRefusals(app, servers),
    owner,
    space: spaceOf(configuration),
    inFlight: configuration.inFlight,
    env: configuration.env,
    hide: (values) => configuration.redactor.hide(values),
    adopt: (child, parent) => vault.adopt(child, parent),
    shown: (inputs) => configuration.redactor.json(inputs) as JsonObject,
    fingerprint: (secret) => vault.fingerprint(secret),
    violations: lazyViolations(),
  });
  if (options.servers === undefined) app.closeFirst(() => servers.close());
  return { engine, owner, journal, standIns, vault, redactor: configuration.redactor };
}

/** Most runs keep nothing and ask nothing that has a schema. */
function lazyViolations(): SchemaCheck['violations'] {
  let check: Promise<SchemaCheck> | undefined;
  return async (schema, value) => {
    check ??= import('../language/schema-check.ts').then(({ createSchemaCheck }) => createSchemaCheck());
    return (await check).violations(schema, value);
  };
}

/** Starts or continues a run, with an observer that sees it from its first event on. */
export async function launch(
  room: EngineRoom,
  { info, observer }: { readonly info: RunInfo; readonly observer: RunObserver },
  start: () => Promise<RunHandle>,
): Promise<ActiveRun> {
  observer.begins(info);
  const stopListening = listen(room, info.id, observer);
  const end = (): void => {
    stopListening();
    room.vault.close(info.id);
  };
  try {
    const handle = await start();
    const done = handle.done.finally(end);
    return { ...handle, info, done, hidden: () => valuesOfRun(room.journal, info.id) };
  } catch (error) {
    end();
    throw error;
  }
}

function listen({ engine, redactor }: EngineRoom, id: string, observer: RunObserver): () => void {
  const ends = [engine.onEvents((run, events) => void (run === id && observer.events(events)))];
  if (observer.progress !== undefined) {
    const tell = (run: string, step: string, progress: CallProgress): void => {
      if (run === id) observer.progress?.(step, redacted(progress, redactor));
    };
    ends.push(engine.onProgress(tell));
  }
  return () => ends.forEach((end) => end());
}

function redacted(progress: CallProgress, redactor: Redactor): CallProgress {
  return progress.message === undefined ? progress : { ...progress, message: redactor.text(progress.message) };
}

/** A connector whose module is loaded with the first call. */
function lazyConnector(open: () => Promise<Connector>): Connector {
  let opening: Promise<Connector> | undefined;
  let opened: Connector | undefined;
  return {
    call: async (action, context, signal) => {
      // A wait for what is there already would cost every call a turn.
      opened ??= await (opening ??= open());
      return opened.call(action, context, signal);
    },
  };
}

async function openHttpConnector(allowHosts: readonly string[]): Promise<Connector> {
  const [{ createHttpConnector }, { createSchemaCheck }] = await Promise.all([
    import('../adapters/connectors/http.ts'),
    import('../language/schema-check.ts'),
  ]);
  return createHttpConnector({ allowHosts, schemaCheck: createSchemaCheck() });
}

async function openRunConnector(cwd: string): Promise<Connector> {
  const { createRunConnector } = await import('../adapters/connectors/run.ts');
  return createRunConnector({ cwd });
}
