import { calledTool, fullName } from '../../model/tool-versions.ts';
import type { KnownResult } from '../expressions/scope.ts';
import type { ProjectFacts } from './loading.ts';

/**
 * What is known of the results of a tool: from the lock, else from the catalogue, which knows a version by the tool that
 * it stands for.
 * @param tool `server/tool` or `server/tool@version`
 */
export function knownResultOf(tool: string, { tools, knownOutputs = {} }: ProjectFacts): KnownResult | undefined {
  const { outputs = {}, overlays } = tools ?? {};
  const locked = Object.hasOwn(outputs, tool) ? outputs[tool] : undefined;
  if (locked !== undefined) return { tool, schema: locked, from: 'lock' };
  const [, server = '', name = '', version] = /^([^/]*)\/([^@]*)(?:@(.*))?$/.exec(tool) ?? [];
  const called = calledTool({ server, tool: name, ...(version !== undefined && { version }) }, overlays);
  const known = called && fullName(called);
  const schema = known !== undefined && Object.hasOwn(knownOutputs, known) ? knownOutputs[known] : undefined;
  return schema && { tool, schema, from: 'catalogue' };
}
