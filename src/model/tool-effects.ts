import { effectByName } from './effects.ts';
import type { EffectClass } from './effects.ts';
import type { JsonObject } from './json.ts';
import { bySpecificity, covers } from './target-patterns.ts';
import type { ToolAnnotations } from './tool-contract.ts';
import { calledTool, fullName } from './tool-versions.ts';
import type { ToolName, ToolOverlay } from './tool-versions.ts';

export type { ToolName, ToolOverlay };

/** What a project knows of tools besides their names. */
export interface ToolFacts {
  readonly overlays?: readonly ToolOverlay[];
  /** Annotations of the committed lock, by `server/tool`: somebody reviewed them. */
  readonly locked?: Readonly<Record<string, ToolAnnotations>>;
  /** JSON Schemas of parameters in the lock, by `server/tool`. */
  readonly parameters?: Readonly<Record<string, JsonObject>>;
  /** JSON Schemas of results in the lock, by `server/tool` or `server/tool@version`. */
  readonly outputs?: Readonly<Record<string, JsonObject>>;
  /** Annotations of servers that the project trusts, by `server/tool`, as they are now. */
  readonly trusted?: Readonly<Record<string, ToolAnnotations>>;
}

/** The class of a tool's calls, and where it comes from. */
export interface EffectVerdict {
  readonly effect: EffectClass;
  readonly from: 'overlay' | 'lock' | 'annotations' | 'name';
  /** The decisive pattern, annotation or word. */
  readonly because: string;
}

/** Overlay, then the lock, then what a trusted server says, then the name. A step's own `effect` wins over all. */
export function effectOfTool(name: ToolName, facts: ToolFacts = {}): EffectVerdict {
  return effectSources(name, facts)[0];
}

/** All that is known of a tool's class: the first decides, the others would if it were not there. */
export function effectSources(name: ToolName, facts: ToolFacts): readonly [EffectVerdict, ...EffectVerdict[]] {
  const full = fullName(name);
  const called = calledTool(name, facts.overlays) ?? name;
  const overlay = overlaysOf(name, facts).find(({ effect }) => effect !== undefined);
  const effect = effectByName(name.server, name.tool);
  const byName: EffectVerdict = {
    effect,
    from: 'name',
    because:
      effect === 'read' ? 'it begins with a reading word and holds no writing one' : 'it does not read like a read',
  };
  const sources: readonly (EffectVerdict | undefined)[] = [
    overlay?.effect && { effect: overlay.effect, from: 'overlay', because: overlay.pattern },
    annotated(facts.locked?.[full], 'lock'),
    annotated(facts.trusted?.[`${called.server}/${called.tool}`], 'annotations'),
  ];
  const [first, ...others] = sources.filter((source) => source !== undefined);
  return first === undefined ? [byName] : [first, ...others, byName];
}

/** How long one attempt may take, where an overlay says so. */
export function attemptTimeoutOfTool(name: ToolName, facts: ToolFacts = {}): number | undefined {
  return overlaysOf(name, facts).find(({ attemptTimeoutMs }) => attemptTimeoutMs !== undefined)?.attemptTimeoutMs;
}

/** The overlays that cover a tool, the most specific first. */
function overlaysOf(name: ToolName, { overlays = [] }: ToolFacts): readonly ToolOverlay[] {
  return bySpecificity(overlays.filter(({ pattern }) => covers(pattern, fullName(name))));
}

function annotated(hints: ToolAnnotations | undefined, from: 'lock' | 'annotations'): EffectVerdict | undefined {
  if (hints?.readOnlyHint === true) return { effect: 'read', from, because: 'readOnlyHint: true' };
  if (hints?.idempotentHint === true) return { effect: 'idempotent', from, because: 'idempotentHint: true' };
  if (hints?.destructiveHint === true) return { effect: 'write', from, because: 'destructiveHint: true' };
  if (hints?.readOnlyHint === false) return { effect: 'write', from, because: 'readOnlyHint: false' };
  return undefined;
}
