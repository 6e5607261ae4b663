import { didYouMean } from '../did-you-mean.ts';
import type { MapNode } from '../yaml/tree.ts';
import { child, keyPlace, textOf } from '../yaml/tree.ts';
import type { Site } from './loading.ts';

export interface ToolName {
  readonly server: string;
  readonly tool: string;
  readonly version?: string;
}

/** The tool that a step names, in its short (`tool: server/tool`) or long form; undefined when it is wrong (and reported). */
export function toolNameOf(step: MapNode, site: Site): ToolName | undefined {
  const { findings } = site.loading;
  const text = textOf(child(step, 'tool'));
  if (text === undefined) return undefined;
  const node = step.entries.get('tool')?.value;
  const place = node ?? keyPlace(step, 'tool');
  const [, path = '', version] = /^([^@]*)(?:@(.*))?$/.exec(text) ?? [];
  const [first = '', second] = path.split('/');
  const named = textOf(child(step, 'server'));
  if (second === undefined && named === undefined) {
    const message = `\`${text}\` names no server.`;
    findings.error('TOOL_WITHOUT_SERVER', place, message, `Write \`tool: server/${text}\`, or add \`server:\`.`);
    return undefined;
  }
  if (second !== undefined && named !== undefined) {
    const message = `Both \`tool: ${text}\` and \`server: ${named}\` name the server.`;
    findings.error('TOOL_WITH_TWO_SERVERS', keyPlace(step, 'server'), message, 'Delete `server`.');
    return undefined;
  }
  if (version !== undefined) findings.unsupported(place, '`tool@version`');
  const name = { server: named ?? first, tool: second ?? first, ...(version !== undefined && { version }) };
  checkCatalogue(name, place, site);
  return name;
}

/** The catalogue informs, it does not gate. */
function checkCatalogue(name: ToolName, place: { readonly start: number; readonly end: number }, site: Site): void {
  const known = site.loading.facts.knownTools;
  const full = `${name.server}/${name.tool}`;
  if (known === undefined || known.includes(full)) return;
  const near = didYouMean(full, known);
  const message = `The catalogue, as last seen, has no tool \`${full}\`.`;
  const hint = near === undefined ? '`runner tools` lists what it has.' : `Did you mean \`${near}\`?`;
  site.loading.findings.warning('TOOL_UNKNOWN', place, message, hint);
}
