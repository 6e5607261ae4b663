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
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly auth?: ServerAuth;
    };

/** How a server over HTTP is told who calls: by OAuth, as a machine, or as a person who logs in with a browser. */
export type ServerAuth = ClientCredentials | BrowserLogin;

export interface ClientCredentials {
  readonly oauth: 'client_credentials';
  readonly clientId: string;
  readonly clientSecret: string;
  /** Separated by spaces; absent: what the server asks for. */
  readonly scope?: string;
  /** Absent: the authorization server that the MCP server names. */
  readonly tokenUrl?: string;
}

export interface BrowserLogin {
  readonly oauth: 'browser';
  /** Absent: Runner registers itself at the authorization server. */
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly scope?: string;
}

/** Which revision of the protocol is spoken; `auto` asks the server. */
export type ProtocolChoice = (typeof protocolChoices)[number];

export const protocolChoices = ['auto', '2025-11-25', '2026-07-28'] as const;
