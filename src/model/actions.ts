import type { Fault } from './faults.ts';
import type { Json, JsonObject } from './json.ts';

/** One call with everything resolved: what a connector is asked to do. Plain data, journalled as it is. */
export type Action = ToolAction | HttpAction | RunAction;

export interface ToolAction {
  readonly kind: 'tool';
  readonly server: string;
  readonly tool: string;
  readonly version?: string;
  readonly params: JsonObject;
}

export interface HttpAction {
  readonly kind: 'http';
  readonly method: string;
  readonly url: string;
  /** True when the file computes scheme or host: the host must then be on the allow list. */
  readonly computedHost: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: { readonly kind: 'json' | 'form' | 'text'; readonly value: Json };
  readonly auth?:
    | { readonly kind: 'bearer'; readonly token: string }
    | { readonly kind: 'basic'; readonly username: string; readonly password: string };
  /** Status codes or classes (`200`, `2xx`) that count as success; absent: 2xx. */
  readonly expect: { readonly status?: readonly string[]; readonly schema?: JsonObject };
  readonly maxSizeBytes: number;
}

export interface RunAction {
  readonly kind: 'run';
  readonly script: string;
  readonly shell: 'sh' | 'bash';
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** The result of one attempt. What the far side does wrong is a value, never an exception. */
export type StepResult = { readonly ok: true; readonly output: Json } | { readonly ok: false; readonly fault: Fault };

/** `render/render_get_service`, `GET api.example.com`, `run`: how a call is named in logs and metrics. */
export function targetOf(action: Action): { readonly server: string; readonly tool: string } {
  switch (action.kind) {
    case 'tool':
      return { server: action.server, tool: action.tool };
    case 'http':
      return { server: 'http', tool: `${action.method} ${hostOf(action.url)}` };
    case 'run':
      return { server: 'run', tool: action.shell };
  }
}

function hostOf(url: string): string {
  return /^[a-z]+:\/\/(?:[^/@]*@)?([^/?#]+)/i.exec(url)?.[1] ?? 'unknown host';
}
