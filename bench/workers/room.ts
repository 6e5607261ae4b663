import { openApp, type App } from '../../src/app/app.ts';
import { openEngineRoom, type EngineRoom } from '../../src/app/engine-room.ts';
import { loadWorkflow } from '../../src/language/load.ts';
import type { Workflow } from '../../src/model/workflow.ts';

/** The product's own engine, journal and bridge connector, in a project of the bench. */
export interface Room extends EngineRoom {
  readonly app: App;
}

export async function openRoom(folder: string, url: string): Promise<Room> {
  const app = await openApp({ cwd: folder, variables: { MCP_BRIDGE_URL: url, RUNNER_HOME: `${folder}/.runner` } });
  return { app, ...(await openEngineRoom(app)) };
}

export interface Loaded {
  readonly workflow: Workflow;
  readonly source: string;
}

export async function load(name: string, source: string): Promise<Loaded> {
  const { workflow, diagnostics } = await loadWorkflow(new TextEncoder().encode(source), { file: `${name}.yaml` });
  if (workflow === undefined) throw new Error(JSON.stringify(diagnostics, undefined, 2));
  return { workflow, source };
}

/** Starts a run; resolves when it is durable. */
export async function start({ engine }: Room, id: string, { workflow, source }: Loaded) {
  return engine.start({ id, workflow, source, inputs: {}, options: { dryRun: false, cache: true } });
}
