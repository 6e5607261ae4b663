/** An MCP server of `runner.yaml`, with defaults filled in. The texts of `env` and `headers` may be secrets. */
export interface McpServer {
  readonly name: string;
  readonly target: McpTarget;
  /** For the start, the connection and the handshake together. */
  readonly connectTimeoutMs: number;
  /** A call that shows no sign of life for so long is given up; absent: only the step's own time-outs count. */
  readonly silenceMs?: number;
  /** A connection that nobody used for so long is closed. */
  readonly idleStopMs: number;
  /** Calls under way at once; more wait. */
  readonly concurrency: number;
  /** True when what the server says of its tools' effects is believed. */
  readonly trustsAnnotations: boolean;
  readonly era: ProtocolChoice;
}

export type McpTarget =
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      /** Relative to the project's root. */
      readonly cwd?: string;
    }
  | { readonly kind: 'http'; readonly url: string; readonly headers: Readonly<Record<string, string>> };

/** Which revision of the protocol is spoken; `auto` asks the server. */
export type ProtocolChoice = (typeof protocolChoices)[number];

export const protocolChoices = ['auto', '2025-11-25', '2026-07-28'] as const;
