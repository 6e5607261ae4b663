import type { EffectClass } from './effects.ts';
import { bySpecificity, covers } from './target-patterns.ts';

/** What `tools` of `runner.yaml` says of the tools that a pattern covers. */
export interface ToolOverlay {
  /** `server/tool`, where `*` stands for any characters; `*` alone covers all tools. */
  readonly pattern: string;
  /** The server and name of the tool that a version stands for; absent: those that the step names. */
  readonly server?: string;
  readonly tool?: string;
  readonly effect?: EffectClass;
  /** How long one attempt of a call may take, where neither step nor workflow says so. */
  readonly attemptTimeoutMs?: number;
  /** What one call costs, as written: a number, or text with a reference or an expression. */
  readonly cost?: number | string;
}

export interface ToolName {
  readonly server: string;
  readonly tool: string;
  /** As the project numbers them; `tools` of `runner.yaml` maps each to a server and a name. */
  readonly version?: string;
}

/** `server/tool`, or `server/tool@version`. */
export function fullName({ server, tool, version }: ToolName): string {
  return version === undefined ? `${server}/${tool}` : `${server}/${tool}@${version}`;
}

/**
 * The tool that is really called: a name without a version is called as it stands, a version as the overlays map it.
 * @returns undefined for a version that is mapped nowhere
 */
export function calledTool(name: ToolName, overlays: readonly ToolOverlay[] = []): ToolName | undefined {
  const { server, tool, version } = name;
  if (version === undefined) return { server, tool };
  const mapped = bySpecificity(overlays).find(
    (overlay) => isMapping(overlay) && covers(overlay.pattern, fullName(name)),
  );
  return mapped && { server: mapped.server ?? server, tool: mapped.tool ?? tool };
}

/** The versions of a tool that overlays map, as they are written. */
export function mappedVersions({ server, tool }: ToolName, overlays: readonly ToolOverlay[] = []): readonly string[] {
  const versions = overlays
    .filter((overlay) => isMapping(overlay) && covers(overlay.pattern.replace(/@.*$/, ''), `${server}/${tool}`))
    .map(({ pattern }) => pattern.slice(pattern.indexOf('@') + 1));
  return [...new Set(versions)];
}

function isMapping({ pattern, server, tool }: ToolOverlay): boolean {
  return pattern.includes('@') && (server !== undefined || tool !== undefined);
}
