import type { Json } from './json.ts';
import type { EpochMs } from './time.ts';
import type { ToolAnnotations } from './tool-contract.ts';

/** One call as the execution log keeps it: all its attempts together. Secrets have been removed. */
export interface Execution {
  /** Unique; `<run>:<step key>[@poll]`, or a random identifier for a call outside a run. */
  readonly id: string;
  readonly run?: string;
  readonly step?: string;
  readonly kind: 'tool' | 'http' | 'run';
  readonly server: string;
  readonly tool: string;
  readonly version?: string;
  readonly params: Json;
  readonly success: boolean;
  /** Fault kind and message, when it failed. */
  readonly error?: { readonly kind: string; readonly message: string };
  /** From the start of the first attempt to the end of the last, waits between them included. */
  readonly durationMs: number;
  /** `none`: the call was not one that the cache serves. */
  readonly cache: 'hit' | 'miss' | 'none';
  readonly retryCount: number;
  /** True when this call stood in for one that had failed, or when it failed and a stated value stood in for it. */
  readonly fallbackUsed: boolean;
  /** Which of the project's environments; absent where none was chosen. */
  readonly environment?: string;
  /** What its attempts have cost; absent where they had no cost. */
  readonly cost?: number;
  /** How long its attempts waited for rate limits and slots; absent where they did not. */
  readonly waitedMs?: number;
  /** When it ended. */
  readonly at: EpochMs;
}

/**
 * What is known of one tool over all its calls, each version and environment by itself; survives restarts. Rates are
 * shares from 0 to 1.
 */
export interface ToolMetrics {
  readonly server: string;
  readonly tool: string;
  readonly version?: string;
  readonly environment?: string;
  readonly totalCalls: number;
  readonly successfulCalls: number;
  readonly failedCalls: number;
  readonly errorRate: number;
  /** Of the calls that were really made; cached ones do not count. Undefined before the first such call. */
  readonly durationMs?: {
    readonly avg: number;
    readonly min: number;
    readonly max: number;
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
  };
  readonly cacheHits: number;
  /** Calls that could have been answered from the cache and were not. */
  readonly cacheMisses: number;
  readonly cacheHitRate: number;
  readonly retries: number;
  readonly fallbacks: number;
  /** What its attempts have cost, in the unit of the project; absent where none had a cost. */
  readonly cost?: number;
  /** Calls that waited for rate limits or slots, and how long all of them together. */
  readonly throttledCalls: number;
  readonly waitedMs: number;
  readonly lastExecutionAt: EpochMs;
}

/** A line of a run's log. */
export interface LogLine {
  readonly at: EpochMs;
  readonly run: string;
  readonly step?: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
  readonly environment?: string;
}

/** A tool that a server offers, as the catalogue keeps it. */
export interface ToolDescription {
  readonly server: string;
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the parameters. */
  readonly parameters?: Json;
  /** JSON Schema of the result. */
  readonly output?: Json;
  readonly annotations?: ToolAnnotations;
}

/** A tool as the catalogue remembers it. */
export interface CatalogueEntry extends ToolDescription {
  /** Where it was read: the same for as long as the server, or the bridge, is the same. */
  readonly source: string;
  readonly firstSeenAt: EpochMs;
  /** Older than the catalogue's last reading: its server could not be read then. */
  readonly lastSeenAt: EpochMs;
}
