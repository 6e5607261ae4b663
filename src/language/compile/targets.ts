import type { ActionKey } from '../structure/step-kinds.ts';
import type { MapNode } from '../yaml/tree.ts';
import { child, textOf } from '../yaml/tree.ts';

/**
 * What a call goes to: `server/tool`, `server/tool@version`, `http/<host>`, `run/<workflow>/<step>`. Patterns are compared with it, and calls
 * with the same target share a circuit and limits unless their author says otherwise. A computed host is not known
 * yet, so such a step has a target of its own: `http/<workflow>/<step>`.
 * @param own `<workflow>/<step>`
 * @returns undefined for steps that make no call, and for a tool that names no server
 */
export function targetOf(step: MapNode, kind: ActionKey | undefined, own: string): string | undefined {
  if (kind === 'tool') return toolTarget(step);
  if (kind === 'run') return `run/${own}`;
  if (kind !== 'http') return undefined;
  return `http/${writtenHost(textOf(child(child(step, 'http'), 'url'))) ?? own}`;
}

function toolTarget(step: MapNode): string | undefined {
  const path = textOf(child(step, 'tool')) ?? '';
  const server = textOf(child(step, 'server'));
  if (path.includes('/')) return path;
  return server === undefined || path === '' ? undefined : `${server}/${path}`;
}

/** The host of a URL in which it is written out, without credentials. */
function writtenHost(url: string | undefined): string | undefined {
  return /^https?:\/\/(?:[^/@]*@)?([^/?#$\s]+)(?=[/?#]|$)/i.exec(url ?? '')?.[1]?.toLowerCase();
}
