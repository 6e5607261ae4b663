import { canonicalJson } from '../model/json.ts';
import type { JsonObject } from '../model/json.ts';
import type { RunView } from '../model/run-view.ts';
import { attemptTimeoutOfTool, effectOfTool } from '../model/tool-effects.ts';
import { irVersion } from '../model/workflow.ts';
import type { ToolStep, Workflow } from '../model/workflow.ts';
import type { ActiveRun, RunObserver } from './active-run.ts';
import type { App } from './app.ts';
import { openEngineRoom } from './engine-room.ts';
import type { EngineRoom, RoomOptions } from './engine-room.ts';
import { toolFactsOf } from './catalogue/tool-facts.ts';
import { startRun } from './run-workflow.ts';
import { requireServers } from './tool-servers.ts';
import { parseToolName } from './tools.ts';

const callKey = 'call';

export interface ToolCallRequest {
  /** `server/tool` */
  readonly tool: string;
  readonly params: JsonObject;
  readonly cache: boolean;
  /** How long a result is kept; absent: as configured. Only reads are kept. */
  readonly cacheTtlMs?: number | undefined;
  /** Absent: in a room of its own, which lasts until the app is closed. */
  readonly room?: (() => Promise<EngineRoom>) | undefined;
}

/**
 * Calls one tool as a step would: with the usual time-out, retries, circuit breaker, cache (shared by all calls of
 * the project) and execution log. It leaves no run behind.
 * @throws RunnerError TOOL_NAME_INVALID, BRIDGE_MISSING
 */
export async function callTool(app: App, request: ToolCallRequest, observer: RunObserver): Promise<ActiveRun> {
  const name = parseToolName(request.tool);
  requireServers(app.configuration, new Set([name.server]));
  const workflow = await oneStepWorkflow(app, name, request);
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
  const journal = createMemoryJournal({ clock: app.clock, isAlive: () => true, forgetsEnded: true });
  return openEngineRoom(app, { ...options, journal });
}

async function oneStepWorkflow(
  app: App,
  { server, tool }: { readonly server: string; readonly tool: string },
  { params, cacheTtlMs }: ToolCallRequest,
): Promise<Workflow> {
  const { retry, cache } = app.configuration;
  const facts = await toolFactsOf(app);
  const { effect } = effectOfTool({ server, tool }, facts);
  const step: ToolStep = {
    kind: 'tool',
    key: callKey,
    id: callKey,
    line: 0,
    continueOnError: false,
    references: [],
    server,
    tool,
    params: { kind: 'literal', value: params },
    effect,
    attemptTimeoutMs: attemptTimeoutOfTool({ server, tool }, facts) ?? 30_000,
    retry: {
      max: retry.max,
      delayMs: retry.delayMs ?? 1_000,
      backoff: 'exponential',
      factor: 2,
      maxDelayMs: 60_000,
      jitter: 'none',
      own: false,
    },
    fallback: [],
    onInterrupt: 'ask',
    ...(effect === 'read' ? { cache: { ttlMs: cacheTtlMs ?? cache.ttlMs, scope: 'project' } } : {}),
  };
  const text = canonicalJson({ server, tool, params, cacheTtlMs: cacheTtlMs ?? null });
  return {
    irVersion,
    name: 'call',
    hash: await sha256(text),
    file: '',
    labels: {},
    inputs: {},
    failFast: true,
    steps: [step],
    onFailure: [],
    finally: [],
  };
}

async function sha256(text: string): Promise<string> {
  const { createHash } = await import('node:crypto');
  return createHash('sha256').update(text).digest('hex');
}
