import type { Json, JsonObject } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';
import type { SandboxDatabase } from './database.ts';

/** A tool that the sandbox plays. */
export interface SandboxTool {
  readonly server: string;
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the parameters; the sandbox enforces it before `perform`. */
  readonly parameters: JsonObject;
  /** Which database `perform` works on: the sandbox's own state, or the one that holds the users' SQL tables. */
  readonly keptIn: 'state' | 'sql';
  /**
   * Runs inside one transaction with the record of its idempotency key.
   * @throws ToolRefusal when the service that it plays would say no; nothing is kept then
   */
  perform(params: JsonObject, world: World): Json;
}

/** What a tool can see and change. */
export interface World {
  readonly database: SandboxDatabase;
  readonly now: EpochMs;
  /** When this sandbox was started. */
  readonly startedAt: EpochMs;
  /** From a restart or deploy until the service is live. */
  readonly recoveryMs: number;
}

/** The played service says no. */
export class ToolRefusal extends Error {
  /** The bridge's own word is HTTP's status; a tool's stands in the answer, as MCP tells the errors of tools. */
  readonly status: number;
  /** `tool_error` is the tool's word, the others are the bridge's. */
  readonly code: 'unknown_route' | 'unknown_tool' | 'invalid_params' | 'tool_error';

  constructor(status: number, message: string, code: ToolRefusal['code'] = 'tool_error') {
    super(message);
    this.name = 'ToolRefusal';
    this.status = status;
    this.code = code;
  }
}
