/** What the bridge does with a call instead of echoing its parameters; `fake-bridge.mjs` explains each field. */
export interface FakeAction {
  readonly times?: number;
  readonly rate?: number;
  readonly latency?: number | readonly [least: number, most: number];
  readonly status?: number;
  readonly retryAfter?: number | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly result?: unknown;
  readonly body?: unknown;
  readonly drop?: 'before' | 'mid' | 'after';
  readonly hang?: 'before' | 'after';
  readonly trickle?: number;
}

/** From `server/tool`, `server/*` or `*` to an action, or to actions that are played in order. */
export type FakeRules = Readonly<Record<string, FakeAction | readonly FakeAction[]>>;

export interface FakeBridgeOptions {
  /** 0, the usual: any free port. */
  readonly port?: number;
  readonly host?: string;
  /** Milliseconds before each answer. */
  readonly latency?: number;
  readonly apiKey?: string;
  /** True: a tool that the catalogue does not list is answered with 404. */
  readonly strict?: boolean;
  /** True: a repeated `Idempotency-Key` gets the first answer again and has no second effect. */
  readonly dedupe?: boolean;
  /** How many of the last requests are kept. */
  readonly record?: number;
  readonly rules?: FakeRules;
}

export interface FakeCounter {
  readonly calls: number;
  readonly effects: number;
  readonly ok: number;
  readonly inFlight: number;
  readonly maxInFlight: number;
}

export interface FakeStats {
  readonly connections: number;
  readonly requests: number;
  readonly effects: number;
  readonly inFlight: number;
  readonly maxInFlight: number;
  readonly rejected: number;
  /** By `server/tool`. */
  readonly tools: Readonly<Record<string, FakeCounter>>;
  /** By idempotency key. */
  readonly keys: Readonly<Record<string, FakeCounter>>;
}

export interface FakeRequest {
  readonly at: number;
  readonly server: string;
  readonly tool: string;
  readonly params: unknown;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface FakeBridge {
  readonly url: string;
  readonly setRules: (rules?: FakeRules) => void;
  /** Clears the counters and sets the rules. */
  readonly reset: (rules?: FakeRules) => void;
  readonly stats: () => FakeStats;
  readonly requests: () => readonly FakeRequest[];
  readonly close: () => Promise<void>;
}

export function toolCatalogue(): readonly {
  readonly server: string;
  readonly name: string;
  readonly description: string;
  readonly parameters: object;
}[];

/** Starts a bridge on loopback. */
export function startBridge(options?: FakeBridgeOptions): Promise<FakeBridge>;
