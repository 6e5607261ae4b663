/**
 * True when a pattern covers a target such as `stripe/create_customer`: `*` stands for any characters, and `*` alone
 * covers everything. Takes linear time: each part between two `*` is taken where it occurs first.
 */
export function covers(pattern: string, target: string): boolean {
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

/** The most specific first: that with most characters besides `*`; among equals, the order given. */
export function bySpecificity<T extends { readonly pattern: string }>(entries: readonly T[]): readonly T[] {
  return entries.toSorted((a, b) => literalLength(b.pattern) - literalLength(a.pattern));
}

function literalLength(pattern: string): number {
  return pattern.replaceAll('*', '').length;
}
