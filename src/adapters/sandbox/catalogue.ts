import type { Json } from '../../model/json.ts';
import { githubTools } from './github.ts';
import { renderTools } from './render.ts';
import { slackTools } from './slack.ts';
import { stripeTools } from './stripe.ts';
import { supabaseTools } from './supabase.ts';
import { ToolRefusal } from './tool.ts';
import type { SandboxTool } from './tool.ts';

const tools: readonly SandboxTool[] = [...renderTools, ...githubTools, ...stripeTools, ...supabaseTools, ...slackTools];

/** What `GET /tools` answers. */
export function catalogue(): Json {
  return {
    sandbox: true,
    tools: tools.map(({ server, name, description, parameters }) => ({ server, name, description, parameters })),
  };
}

/** @throws ToolRefusal 404 with code `unknown_tool`, which names the server's tools */
export function findTool(server: string, name: string): SandboxTool {
  const found = tools.find((tool) => tool.server === server && tool.name === name);
  if (found !== undefined) return found;
  const own = tools.filter((tool) => tool.server === server).map((tool) => tool.name);
  const known =
    own.length > 0 ? `"${server}" has: ${own.join(', ')}.` : `The servers are: ${[...serverNames()].join(', ')}.`;
  throw new ToolRefusal(404, `Unknown tool "${server}/${name}" in the sandbox. ${known}`, 'unknown_tool');
}

function serverNames(): Set<string> {
  return new Set(tools.map((tool) => tool.server));
}
