import { didYouMean } from '../did-you-mean.ts';
import type { Place } from '../findings.ts';
import { calledTool, fullName, mappedVersions } from '../../model/tool-versions.ts';
import type { ToolName } from '../../model/tool-effects.ts';
import type { MapNode } from '../yaml/tree.ts';
import { child, keyPlace, textOf } from '../yaml/tree.ts';
import type { Site } from './loading.ts';

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
  const name = { server: named ?? first, tool: second ?? first, ...(version !== undefined && { version }) };
  const called = calledTool(name, site.loading.facts.tools?.overlays);
  if (called === undefined) reportUnmapped(name, place, site);
  else checkCatalogue(called, place, site);
  return name;
}

function reportUnmapped(name: ToolName, place: Place, { loading }: Site): void {
  const full = fullName(name);
  const versions = mappedVersions(name, loading.facts.tools?.overlays);
  const message = `\`${full}\` is mapped to no tool.`;
  const known = versions.length === 0 ? '' : `Mapped are: ${versions.join(', ')}. `;
  const hint = `${known}Under \`tools\` in runner.yaml, write \`"${full}": { server: …, tool: … }\`.`;
  loading.findings.error('TOOL_VERSION_UNMAPPED', place, message, hint);
}

/** The catalogue informs, it does not gate. */
function checkCatalogue(name: ToolName, place: Place, site: Site): void {
  const known = site.loading.facts.knownTools;
  const full = `${name.server}/${name.tool}`;
  if (known === undefined || known.includes(full)) return;
  const near = didYouMean(full, known);
  const message = `The catalogue, as last seen, has no tool \`${full}\`.`;
  const hint = near === undefined ? '`runner tools` lists what it has.' : `Did you mean \`${near}\`?`;
  site.loading.findings.warning('TOOL_UNKNOWN', place, message, hint);
}
