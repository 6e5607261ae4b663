import type { Resolution, RunHandle } from '../engine/engine.ts';
import type { ClaimedRun, RunRecord } from '../model/run-records.ts';
import { RunnerError } from '../model/errors.ts';
import { runFinal } from '../model/ownership.ts';
import { isFinal } from '../model/states.ts';
import { secretsOf } from '../model/families.ts';
import type { Workflow } from '../model/workflow.ts';
import type { ActiveRun, RunInfo, RunObserver } from './active-run.ts';
import type { App } from './app.ts';
import { launch, openEngineRoom } from './engine-room.ts';
import type { EngineRoom } from './engine-room.ts';
import { hideFamily } from './hide-family.ts';
import { toolServersOf } from './project-workflow.ts';
import { otherEnvironment } from './run-environment.ts';
import { needsBridge, requireServers } from './tool-servers.ts';

/**
 * Claims a run whose owner is gone and continues it in this process.
 * @param options `force` also takes a quarantined run
 * @throws RunnerError RUN_NOT_FOUND, RUN_AMBIGUOUS, RUN_FINAL, RUN_OWNED, RUN_QUARANTINED, BRIDGE_MISSING
 */
export async function resumeRun(
  app: App,
  id: string,
  observer: RunObserver,
  options: { readonly force: boolean } = { force: false },
): Promise<ActiveRun> {
  const room = await openEngineRoom(app);
  const record = room.journal.find(id);
  return continueWith(app, { room, record, observer }, () =>
    room.engine.resume(record.id, {
      ...options,
      ...(observer.idle ? { park: 'never', idle: observer.idle } : { park: 'people' }),
    }),
  );
}

/**
 * Goes on with a run that the journal has given to this room's owner.
 * @throws RunnerError as {@link resumeRun}: it is still owned then
 */
export async function continueClaimed(app: App, room: EngineRoom, { run, epoch }: ClaimedRun): Promise<ActiveRun> {
  const record = room.journal.find(run);
  return continueWith(app, { room, record, observer: unobserved }, () =>
    room.engine.resume(run, { epoch, park: 'always' }),
  );
}

const unobserved: RunObserver = { begins: () => undefined, events: () => undefined };

/** Runs that go on only when a person has said what became of a call. */
export async function runsInDoubt(app: App): Promise<readonly string[]> {
  const journal = await app.stores.journal();
  return journal.list({ statuses: ['needs_attention'], limit: 10_000 }).map(({ id }) => id);
}

/**
 * Settles what only a person can know of an interrupted call, then continues the run.
 * @throws RunnerError RUN_STEP_NOT_WAITING and those of {@link resumeRun}
 */
export async function resolveRun(
  app: App,
  id: string,
  resolution: Resolution,
  observer: RunObserver,
): Promise<ActiveRun> {
  const room = await openEngineRoom(app);
  const record = room.journal.find(id);
  if (!isFinal(record.status)) room.engine.attentionOf(record.id, resolution.step);
  return continueWith(app, { room, record, observer }, () => room.engine.resolve(record.id, resolution));
}

/** Claims a run that nobody owns, and ends it as cancelled after its `finally`. */
export async function cancelOwnerless(app: App, id: string, by: string, observer: RunObserver): Promise<ActiveRun> {
  const room = await openEngineRoom(app);
  const record = room.journal.find(id);
  return continueWith(app, { room, record, observer }, () => room.engine.cancel(record.id, by));
}

interface Continuation {
  readonly room: EngineRoom;
  readonly record: RunRecord;
  readonly observer: RunObserver;
}

async function continueWith(
  app: App,
  { room, record, observer }: Continuation,
  start: () => Promise<RunHandle>,
): Promise<ActiveRun> {
  if (isFinal(record.status)) throw runFinal(record.id, record.status);
  const { workflow } = room.journal.definition(record.definition);
  const history = room.journal.events(record.id);
  const started = history.find((event) => event.type === 'run.started');
  const sandbox = started?.options.sandbox === true;
  const servers = toolServersOf(workflow, app.configuration.tools);
  const { environment } = app.configuration;
  if (started?.options.environment !== environment) throw otherEnvironment(record, environment);
  if (needsBridge(app.configuration, servers)) requireSameWorld(app, record.id, sandbox);
  requireServers(app.configuration, servers);
  requireSameMode(app, record.id, started?.options.readOnly === true);
  hideFamily(app.configuration.redactor, room.journal, record);
  await openSecrets(app, record.id, { workflow, seed: started?.handleSeed });
  const info: RunInfo = {
    id: record.id,
    workflow,
    sandbox,
    dryRun: started?.options.dryRun === true,
    ...(environment === undefined ? {} : { environment }),
    history,
  };
  return launch(room, { info, observer }, start);
}

/** @throws RunnerError SECRET_MISSING before the run is claimed */
async function openSecrets(
  { vault }: App,
  id: string,
  { workflow, seed }: { readonly workflow: Workflow; readonly seed: string | undefined },
): Promise<void> {
  const secrets = secretsOf(workflow);
  await vault.require(secrets);
  if (seed !== undefined) vault.open(id, seed, secrets);
}

/** What a run may do was decided when it began; a project that became read-only since then does not let it write. */
function requireSameMode(app: App, id: string, startedReadOnly: boolean): void {
  if (startedReadOnly || !app.configuration.readOnly) return;
  throw new RunnerError('USAGE', `Run ${id} may write, and the project is in read-only mode now.`, {
    hint: 'Continue it when the mode is "normal" again.',
  });
}

/** A run that began in the sandbox must never go on against real services, nor the reverse. */
export function requireSameWorld(app: App, id: string, startedInSandbox: boolean): void {
  const { bridge } = app.configuration;
  if (startedInSandbox && bridge.kind !== 'sandbox') {
    throw new RunnerError('USAGE', `Run ${id} began in the sandbox, and the bridge in effect now is a real one.`, {
      hint: 'Continue it in the sandbox: add --sandbox.',
    });
  }
  if (!startedInSandbox && bridge.kind === 'sandbox') {
    throw new RunnerError('USAGE', `Run ${id} began with a real bridge, and the one in effect now is the sandbox.`, {
      hint:
        bridge.from === '--sandbox'
          ? 'Leave out --sandbox.'
          : 'Set MCP_BRIDGE_URL to the bridge it began with, and continue it then.',
    });
  }
}
