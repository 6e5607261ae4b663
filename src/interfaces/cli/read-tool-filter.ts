import { RunnerError } from '../../model/errors.ts';

export interface ToolTarget {
  readonly server?: string;
  readonly tool?: string;
  readonly version?: string;
}

/**
 * `server/tool`, `server/tool@version` or `server`, as a filter; everything where nothing was said.
 * @throws RunnerError TOOL_NAME_INVALID
 */
export function parseToolFilter(text: string | undefined): ToolTarget {
  if (text === undefined) return {};
  const [, server, tool, version] = /^([^\s/@]+)(?:\/([^\s/@][^/@]*)(?:@([^\s/@]+))?)?$/.exec(text) ?? [];
  if (server === undefined) {
    throw new RunnerError('TOOL_NAME_INVALID', `"${text}" names neither a tool nor a server.`, {
      hint: 'Write server/tool, such as render/render_get_service, or a server alone; `runner tools` lists them.',
    });
  }
  return { server, ...(tool !== undefined && { tool }), ...(version !== undefined && { version }) };
}
