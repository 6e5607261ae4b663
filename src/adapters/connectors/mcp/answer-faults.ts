import type { ToolAction } from '../../../model/actions.ts';
import type { Fault } from '../../../model/faults.ts';
import { saysUnknownTool } from '../bridge-reply.ts';
import { excerpt } from '../faults.ts';

const methodNotFound = -32_601;
const invalidParams = -32_602;

/** `server/tool`, as messages name a call. */
export function nameOf({ server, tool }: ToolAction): string {
  return `${server}/${tool}`;
}

/** The fault of a tool that answered with an error. Some servers put into its text what others tell by a code. */
export function toolErrorFault(action: ToolAction, said: string): Fault {
  const code = /^MCP error (-\d+)/.exec(said)?.[1];
  return protocolFault(action, code === undefined ? 0 : Number(code), said);
}

/** The fault of a call that the server refused by the protocol's own means. */
export function protocolFault(action: ToolAction, code: number, said: string): Fault {
  const reason = excerpt(said.replace(/^MCP error -\d+:\s*/, '')) || 'it gave no reason';
  const refused = (kind: string, what: string): Fault => {
    return { kind, message: `${nameOf(action)} ${what}: ${reason}`, outcome: 'failed', transient: false };
  };
  if (code === methodNotFound || (code === invalidParams && saysUnknownTool(action, said))) {
    const hint = `See "runner tools --server ${action.server}" for the tools that it offers.`;
    return { ...refused('unknown_tool', 'is unknown to its server'), hint };
  }
  return code === invalidParams
    ? refused('invalid_params', 'refused its parameters')
    : refused('tool_error', 'reported an error');
}
