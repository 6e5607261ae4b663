import type { Tool } from '@modelcontextprotocol/client';
import type { Connection } from './connection.ts';

/** More than any server has; whoever sends more never stops. */
const limits = { pages: 1_000, tools: 20_000, characters: 64 * 1_048_576 } as const;

/**
 * All tools of a server, page by page.
 * @throws Error when there is no end to them
 */
export async function readTools({ client }: Connection, signal: AbortSignal): Promise<readonly Tool[]> {
  if (client.getServerCapabilities()?.tools === undefined) return [];
  const tools: Tool[] = [];
  const seen = new Set<string>();
  let characters = 0;
  for (let cursor: string | undefined; ;) {
    const params = cursor === undefined ? {} : { cursor };
    const page = await client.request({ method: 'tools/list', params }, { signal, timeout: longestWaitMs });
    tools.push(...page.tools);
    characters += JSON.stringify(page.tools).length;
    cursor = page.nextCursor;
    if (tools.length > limits.tools) throw new Error(`it lists more than ${limits.tools} tools`);
    if (cursor === undefined) return tools;
    if (seen.has(cursor)) throw new Error('its list of tools goes round in circles');
    seen.add(cursor);
    if (seen.size >= limits.pages || characters > limits.characters) {
      throw new Error(`its list of tools has no end (${tools.length} tools on ${seen.size} pages)`);
    }
  }
}

/** The signal ends it earlier; the SDK wants a number all the same. */
const longestWaitMs = 2 ** 31 - 1;
