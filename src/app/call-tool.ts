import type { JsonObject } from '../model/json.ts';
import type { RunView } from '../model/run-view.ts';
import type { ToolStep, Workflow } from '../model/workflow.ts';
import type { ActiveRun, RunObserver } from './active-run.ts';
import type { App } from './app.ts';
import { openEngineRoom } from './engine-room.ts';
import type { EngineRoom, RoomOptions } from './engine-room.ts';
import { InvalidFileError } from './invalid-file-error.ts';
import { projectFacts } from './project-workflow.ts';
import { startRun } from './run-workflow.ts';
import { requireServers } from './tool-servers.ts';
import { parseToolName, requireMapped } from './tools.ts';

const callKey = 'call';

export interface ToolCallRequest {
  /** `server/tool` or `server/tool@version` */
  readonly tool: string;
  readonly params: JsonObject;
  readonly cache: boolean;
  /** How long a result is kept; absent: as configured. Only reads are kept. */
  readonly cacheTtlMs?: number | undefined;
  /** Absent: in a room of its own, which lasts until the app is closed. */
  readonly room?: (() => Promise<EngineRoom>) | undefined;
}

/**
 * Calls one tool as a step would: with the policies that the project has for it, its cache (shared by all calls of the
 * project) and the execution log. It leaves no run behind.
 * @throws RunnerError TOOL_NAME_INVALID, BRIDGE_MISSING; InvalidFileError WORKFLOW_INVALID for a name no tool can have
 */
export async function callTool(app: App, request: ToolCallRequest, observer: RunObserver): Promise<ActiveRun> {
  const name = parseToolName(request.tool);
  const called = requireMapped(name, app.configuration.tools);
  requireServers(app.configuration, new Set([called.server]));
  const workflow = await oneStepWorkflow(app, request);
  const { cache, room = () => openCallRoom(app) } = request;
  return startRun(app, { workflow, source: '', inputs: {}, dryRun: false, cache, room }, observer);
}

/** Names the call in the execution log, where a stand-in's answer is the one that counts. */
export function executionIdOf(run: string, view: RunView): string {
  return `${run}:${view.steps[0]?.fallback ?? callKey}`;
}

/** A room for calls that leave no run behind: what has ended there is forgotten. */
export async function openCallRoom(app: App, options: Omit<RoomOptions, 'journal'> = {}): Promise<EngineRoom> {
  const { createMemoryJournal } = await import('../adapters/memory/journal.ts');
  // Such a call counts for the budgets of the project as any other does.
  const { ledger } = await app.stores.journal();
  const journal = createMemoryJournal({ clock: app.clock, isAlive: () => true, forgetsEnded: true, ledger });
  return openEngineRoom(app, { ...options, journal });
}

/**
 * The call as a workflow of one step, with all that the project says of such calls. Its parameters never pass the
 * loader: they are data, of any size, and are checked against the tool's schema before the call.
 */
async function oneStepWorkflow(app: App, request: ToolCallRequest): Promise<Workflow> {
  const text = `name: ${callKey}\nsteps:\n  - id: ${callKey}\n    tool: ${JSON.stringify(request.tool)}\n`;
  const [{ loadWorkflow }, facts] = await Promise.all([import('../language/load.ts'), projectFacts(app)]);
  const { parameters: _, ...tools } = facts.tools ?? {};
  const bytes = new TextEncoder().encode(text);
  const { workflow, diagnostics } = await loadWorkflow(bytes, { file: callKey, facts: { ...facts, tools } });
  const [step] = workflow?.steps ?? [];
  if (workflow === undefined || step?.kind !== 'tool') {
    const found = diagnostics.map(({ message, hint }) => [message, hint].filter(Boolean).join(' ')).join('\n');
    throw new InvalidFileError('WORKFLOW_INVALID', `${request.tool} cannot be called:\n${found}`, diagnostics);
  }
  const called = placed(step, request);
  return { ...workflow, hash: await sha256(`${workflow.hash}${JSON.stringify(called)}`), steps: [called] };
}

/** Calls share their results with all others of the project. */
function placed(step: ToolStep, { params, cacheTtlMs }: ToolCallRequest) {
  const literal = { kind: 'literal', value: params } as const;
  const ttlMs = step.effect === 'read' ? (cacheTtlMs ?? step.cache?.ttlMs) : undefined;
  const { cache, ...rest } = step;
  return {
    ...rest,
    params: literal,
    ...(ttlMs !== undefined && { cache: { ...cache, ttlMs, scope: 'project' as const } }),
  };
}

async function sha256(text: string): Promise<string> {
  const { createHash } = await import('node:crypto');
  return createHash('sha256').update(text).digest('hex');
}
