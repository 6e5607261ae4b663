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
