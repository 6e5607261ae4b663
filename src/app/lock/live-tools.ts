import type { ToolDescription } from '../../model/executions.ts';
import type { ToolName } from '../../model/tool-effects.ts';
import type { ToolServers } from '../tool-servers.ts';
import { bounded } from '../tools.ts';

/** The tools of servers as they are now. */
export interface LiveTools {
  /** What its server says of a tool; `unknown` where the server does not answer. */
  find(tool: ToolName): Promise<ToolDescription | undefined | 'unknown'>;
}

/** A server that takes longer does not hold up the call: what was known of it before decides. */
const patienceMs = 5_000;
/** Within a process that lives long a server is asked again after so long. */
const askAgainMs = 300_000;

type Reading = ReadonlyMap<string, ToolDescription> | undefined;

/** Asks each server, and the bridge, with the first tool that is looked for there. */
export function liveTools(servers: Pick<ToolServers, 'wayTo' | 'toolsBehind'>): LiveTools {
  const readings = new Map<string, { readonly askedAt: number; readonly reading: Promise<Reading> }>();

  function readingOf(way: string): Promise<Reading> {
    const known = readings.get(way);
    if (known && performance.now() - known.askedAt < askAgainMs) return known.reading;
    const reading = servers
      .toolsBehind(way, AbortSignal.timeout(patienceMs))
      .then((tools) => tools && new Map(tools.map((tool) => [`${tool.server}/${tool.name}`, bounded(tool)])));
    readings.set(way, { askedAt: performance.now(), reading });
    return reading;
  }

  return {
    async find({ server, tool }) {
      const tools = await readingOf(servers.wayTo(server));
      return tools === undefined ? 'unknown' : tools.get(`${server}/${tool}`);
    },
  };
}
