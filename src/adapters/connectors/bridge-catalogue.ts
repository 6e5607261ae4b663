import { RunnerError } from '../../model/errors.ts';
import type { ToolDescription } from '../../model/executions.ts';
import type { Fault } from '../../model/faults.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import { asSentence } from '../../model/sentence.ts';
import { annotationsOf } from '../../model/tool-contract.ts';
import { readable, type BridgeAddress } from './bridge-address.ts';
import { explain, refusal } from './bridge-reply.ts';
import type { Exchange } from './exchange.ts';
import { invalidReply } from './faults.ts';
import { parseJson } from './reply-body.ts';

/**
 * The tools of a reply to `GET /tools`. Bridges differ: a list, a list under `tools`, or lists by server.
 * @throws RunnerError BRIDGE_UNREACHABLE, BRIDGE_KEY_REFUSED
 */
export function catalogueFrom(address: BridgeAddress, received: Exchange): readonly ToolDescription[] {
  const call = readable(address, 'GET', '/tools');
  if (!received.ok) throw unusable(explain(received.fault, address));
  const { reply } = received;
  if (reply.status < 200 || reply.status > 299) throw unusable(explain(refusal(call, reply), address));
  const parsed = parseJson(reply.body);
  if (!parsed.ok) throw unusable(invalidReply(call, parsed.reason));
  const tools = toolsIn(parsed.value);
  if (tools === undefined) throw unusable(invalidReply(call, 'the reply holds no list of tools'));
  return tools;
}

function toolsIn(value: Json): readonly ToolDescription[] | undefined {
  if (Array.isArray(value)) return value.flatMap((entry: Json) => toolFrom(entry, undefined));
  if (!isJsonObject(value)) return undefined;
  const inner = value['tools'] ?? value['servers'];
  return inner === undefined ? toolsByServer(value) : (toolsIn(inner) ?? []);
}

/** `{ render: [tool, …] }` or `{ render: { tools: [tool, …] } }`. */
function toolsByServer(servers: JsonObject): readonly ToolDescription[] | undefined {
  const lists = Object.entries(servers).flatMap(([server, entry]) => {
    const list = isJsonObject(entry) ? entry['tools'] : entry;
    return Array.isArray(list) ? [{ server, list: list as readonly Json[] }] : [];
  });
  if (lists.length === 0 && Object.keys(servers).length > 0) return undefined;
  return lists.flatMap(({ server, list }) => list.flatMap((entry) => toolFrom(entry, server)));
}

/** One tool, or none when the entry does not say which tool of which server it is. */
function toolFrom(entry: Json, listedUnder: string | undefined): readonly ToolDescription[] {
  if (typeof entry === 'string') return toolFrom({ name: entry }, listedUnder);
  if (!isJsonObject(entry)) return [];
  const fullName = entry['name'] ?? entry['tool'];
  if (typeof fullName !== 'string' || fullName === '') return [];
  const [server, name] = splitName(fullName, entry['server'] ?? listedUnder);
  if (server === undefined || name === '') return [];
  const parameters = entry['parameters'] ?? entry['inputSchema'] ?? entry['input_schema'];
  const output = entry['outputSchema'] ?? entry['output_schema'];
  const annotations = annotationsOf(entry['annotations']);
  const { description } = entry;
  return [
    {
      server,
      name,
      description: typeof description === 'string' ? description : '',
      ...(parameters === undefined || parameters === null ? {} : { parameters }),
      ...(output === undefined || output === null ? {} : { output }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  ];
}

function splitName(fullName: string, server: Json | undefined): [server: string | undefined, name: string] {
  if (typeof server === 'string' && server !== '') return [server, fullName];
  const slash = fullName.indexOf('/');
  return slash > 0 ? [fullName.slice(0, slash), fullName.slice(slash + 1)] : [undefined, fullName];
}

function unusable(fault: Fault): RunnerError {
  const isKeyRefused = fault.kind === 'http.401' || fault.kind === 'http.403';
  const hint = fault.hint ?? 'Check that MCP_BRIDGE_URL names an MCP bridge.';
  return new RunnerError(isKeyRefused ? 'BRIDGE_KEY_REFUSED' : 'BRIDGE_UNREACHABLE', asSentence(fault.message), {
    hint,
  });
}
