/**
 * True when a pattern covers a target such as `stripe/create_customer`: `*` stands for any characters, and `*` alone
 * covers everything. A pattern without a version covers all versions of a tool. Takes linear time: each part between
 * two `*` is taken where it occurs first.
 */
export function covers(pattern: string, target: string): boolean {
  const version = pattern.includes('@') ? -1 : target.indexOf('@');
  return coversText(pattern, version === -1 ? target : target.slice(0, version));
}

function coversText(pattern: string, target: string): boolean {
  const parts = pattern.split('*');
  const [first = '', last = ''] = [parts[0], parts.at(-1)];
  if (parts.length === 1) return pattern === target;
  if (!target.startsWith(first) || target.length < first.length + last.length || !target.endsWith(last)) return false;
  const middle = target.slice(first.length, target.length - last.length);
  let from = 0;
  for (const part of parts.slice(1, -1)) {
    const at = middle.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  return true;
}

/**
 * The most specific first: those that name a version, then those with most characters besides `*`; among equals, the
 * order given.
 */
export function bySpecificity<T extends { readonly pattern: string }>(entries: readonly T[]): readonly T[] {
  return entries.toSorted((a, b) => specificity(b.pattern) - specificity(a.pattern));
}

/** No name is so long that its length outweighs a version. */
function specificity(pattern: string): number {
  return (pattern.includes('@') ? 1_000_000 : 0) + pattern.replaceAll('*', '').length;
}
