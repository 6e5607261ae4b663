import type { EffectClass } from './effects.ts';
import type { Json } from './json.ts';

/** What a server says of a tool's effects, in the words of MCP; hints, unless somebody vouches for them. */
export interface ToolAnnotations {
  readonly readOnlyHint?: boolean;
  readonly destructiveHint?: boolean;
  readonly idempotentHint?: boolean;
  readonly openWorldHint?: boolean;
}

const hints = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'] as const;

/** The hints among what a server sent, which may be anything; undefined when there is none. */
export function annotationsOf(sent: unknown): ToolAnnotations | undefined {
  if (typeof sent !== 'object' || sent === null) return undefined;
  const given = sent as Readonly<Record<string, unknown>>;
  const known = hints.filter((hint) => typeof given[hint] === 'boolean');
  return known.length === 0 ? undefined : Object.fromEntries(known.map((hint) => [hint, given[hint]]));
}

/** What a tool promises, as the lock keeps it. */
export interface ToolContract {
  readonly description: string;
  readonly annotations?: ToolAnnotations;
  /** JSON Schema of the parameters. */
  readonly parameters?: Json;
  /** JSON Schema of the result. */
  readonly output?: Json;
}

/** A contract in the lock. */
export interface LockedTool extends ToolContract {
  /** The class of its calls when it was locked, for whoever reviews the lock. */
  readonly effect: EffectClass;
  /** SHA-256 of the contract, in canonical JSON. */
  readonly hash: string;
}

/** The tools that a project's workflows use, by `server/tool`, as somebody reviewed them. */
export type ToolLock = Readonly<Record<string, LockedTool>>;

/** The part of a tool that its lock is about. */
export function contractOf({ description, annotations, parameters, output }: ToolContract): ToolContract {
  return {
    description,
    ...(annotations && { annotations }),
    ...(parameters !== undefined && { parameters }),
    ...(output !== undefined && { output }),
  };
}

const deepest = 64;
const largest = 20_000;

/** False for schemas that no person could review, and that only a hostile server would send. */
export function isReviewable({ parameters = null, output = null }: ToolContract): boolean {
  let left = largest;
  let level: readonly Json[] = [parameters, output];
  for (let depth = 0; level.length > 0; depth += 1) {
    left -= level.length;
    if (depth > deepest || left < 0) return false;
    level = level.flatMap((value) => (value !== null && typeof value === 'object' ? Object.values(value) : []));
  }
  return true;
}
