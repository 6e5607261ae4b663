import type { McpTarget } from '../../../model/mcp-servers.ts';

/** All that a server gets of this process's environment; the rest is written in its `env`. */
const inherited = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'USER', 'LOGNAME', 'SHELL'];

/** The environment of a server process. */
export function environmentOf(
  { env }: McpTarget & { readonly kind: 'stdio' },
  from: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const own = inherited.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]]));
  return { ...Object.fromEntries(own), ...env };
}
