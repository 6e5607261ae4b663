const maxPatternLength = 200;
const maxSteps = 10_000_000;

/**
 * Whether a text matches a pattern, decided by the platform's own backtracking engine where that surely takes few steps.
 * Undefined where it may not, and for patterns that are wrong: those are for the linear engine.
 */
export function matchesSimple(pattern: string, text: string): boolean | undefined {
  if (pattern.length > maxPatternLength || mostSteps(pattern, text.length) > maxSteps) return undefined;
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return undefined;
  }
}

/** Every open repetition may try each length, every alternative both ways; a pattern without `^` starts everywhere. */
function mostSteps(pattern: string, length: number): number {
  const bare = pattern.replaceAll(/\\[^1-9k]/g, 'x').replaceAll(/\[[^\]]*\]/g, 'x');
  const hasOtherConstructs = /\(\?(?!:)|\)[*+{]|\\/.test(bare);
  if (hasOtherConstructs) return Number.POSITIVE_INFINITY;
  const alternatives = bare.match(/\||\?(?!:)/g)?.length ?? 0;
  const repetitions = bare.match(/[*+]|\{\d*,\d*\}/g)?.length ?? 0;
  const isAnchored = pattern.startsWith('^') && !bare.includes('|');
  return (length + 1) ** (repetitions + (isAnchored ? 0 : 1)) * 2 ** alternatives;
}
