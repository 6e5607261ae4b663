import { protocolChoices } from '../model/mcp-servers.ts';
import type { McpServer, McpTarget } from '../model/mcp-servers.ts';
import { parseDuration } from '../model/time.ts';
import type { Findings } from './findings.ts';
import { serverAuthOf } from './server-auth.ts';
import type { Entry, MapNode, Node } from './yaml/tree.ts';
import { child, entriesOf, itemsOf, keyPlace, textOf } from './yaml/tree.ts';

const builtIn = { connectTimeoutMs: 10_000, idleStopMs: 300_000, concurrency: 100 } as const;
/** `setTimeout` takes no more; a longer wait means for ever. */
const longestMs = 2 ** 31 - 1;

/** The servers under `mcpServers`; one that names no way to reach it is reported and left out. */
export function mcpServersOf(node: Node | undefined, findings: Findings): readonly McpServer[] {
  return entriesOf(node).flatMap((entry) => {
    const target = targetOf(entry, findings);
    return target === undefined ? [] : [{ name: entry.name, target, ...settingsOf(entry.value) }];
  });
}

function targetOf({ name, key, value }: Entry, findings: Findings): McpTarget | undefined {
  if (value.kind !== 'map') return undefined;
  const [command, url] = [textOf(child(value, 'command')), textOf(child(value, 'url'))];
  if (command !== undefined && url !== undefined) {
    const message = `\`${name}\` has both \`command\` and \`url\`.`;
    findings.error('KEY_MISPLACED', keyPlace(value, 'url'), message, 'Keep the one by which it is reached.');
    return undefined;
  }
  reportForeignKeys(value, command === undefined ? stdioKeys : httpKeys, findings);
  if (url !== undefined) {
    const auth = serverAuthOf(value, url, findings);
    return { kind: 'http', url, headers: textsByName(child(value, 'headers')), ...(auth && { auth }) };
  }
  if (command === undefined) {
    if (value.entries.has('command') || value.entries.has('url')) return undefined;
    const hint = 'Give the `command` that starts it, or the `url` where it listens.';
    findings.error('KEY_MISSING', key, `\`${name}\` needs \`command\` or \`url\`.`, hint);
    return undefined;
  }
  const cwd = textOf(child(value, 'cwd'));
  const args = itemsOf(child(value, 'args')).flatMap((item) => textOf(item) ?? []);
  const env = textsByName(child(value, 'env'));
  return { kind: 'stdio', command, args, env, ...(cwd !== undefined && { cwd }) };
}

const stdioKeys = { keys: ['args', 'env', 'cwd'], owner: 'command' } as const;
const httpKeys = { keys: ['headers', 'auth'], owner: 'url' } as const;

function reportForeignKeys(map: MapNode, foreign: typeof stdioKeys | typeof httpKeys, findings: Findings): void {
  for (const key of foreign.keys.filter((each) => map.entries.has(each))) {
    const message = `\`${key}\` only has a meaning beside \`${foreign.owner}\`.`;
    findings.error('KEY_MISPLACED', keyPlace(map, key), message);
  }
}

function settingsOf(node: Node): Omit<McpServer, 'name' | 'target'> {
  const silenceMs = durationOf(child(node, 'timeout'));
  const concurrency = child(node, 'concurrency');
  const era = textOf(child(node, 'era'));
  return {
    connectTimeoutMs: durationOf(child(node, 'connect_timeout')) ?? builtIn.connectTimeoutMs,
    ...(silenceMs !== undefined && { silenceMs }),
    idleStopMs: durationOf(child(node, 'idle_stop')) ?? builtIn.idleStopMs,
    concurrency:
      concurrency?.kind === 'scalar' && typeof concurrency.value === 'number' ? concurrency.value : builtIn.concurrency,
    trustsAnnotations: textOf(child(node, 'trust')) === 'annotations',
    era: protocolChoices.find((choice) => choice === era) ?? 'auto',
  };
}

function durationOf(node: Node | undefined): number | undefined {
  const duration = parseDuration(textOf(node) ?? '');
  return duration === undefined ? undefined : Math.min(duration, longestMs);
}

function textsByName(node: Node | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    entriesOf(node).flatMap(({ name, value }) => {
      const text = textOf(value);
      return text === undefined ? [] : [[name, text]];
    }),
  );
}
