import { RE2JS } from 're2js';

const compiled = new Map<string, RE2JS>();
const maxCompiled = 200;
const maxPatternLength = 2_000;

/**
 * A regular expression that runs in time linear to its text, whatever its pattern.
 * @throws an Error that says why, for a pattern with look-ahead or back-references, a wrong one, or a too long one
 */
export function compileLinear(source: string, flags: string): RE2JS {
  const key = `${flags}/${source}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  if (source.length > maxPatternLength) throw new Error(`the pattern is longer than ${maxPatternLength} characters`);
  const pattern = RE2JS.compile(RE2JS.translateRegExp(source), flagsOf(flags));
  if (compiled.size >= maxCompiled) compiled.clear();
  compiled.set(key, pattern);
  return pattern;
}

/** What JSONata uses of a RegExp, over the linear engine. */
export class LinearRegExp {
  lastIndex = 0;
  readonly #pattern: RE2JS;

  constructor(pattern: RegExp) {
    this.#pattern = compileLinear(pattern.source, pattern.flags);
  }

  exec(text: string): (string[] & { index: number }) | null {
    const matcher = this.#pattern.matcher(text);
    if (this.lastIndex > text.length || !matcher.find(this.lastIndex)) return null;
    this.lastIndex = matcher.end();
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) ?? undefined);
    return Object.assign(groups as string[], { index: matcher.start() });
  }
}

function flagsOf(flags: string): number {
  return (
    (flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0) |
    (flags.includes('m') ? RE2JS.MULTILINE : 0) |
    (flags.includes('s') ? RE2JS.DOTALL : 0)
  );
}
