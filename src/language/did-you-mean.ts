/**
 * The candidate nearest to a mistyped name: at most two edits away (an insertion, a deletion, a replacement or a swap of
 * neighbours), fewer for names of one to three characters, where two edits would reach almost anything.
 * @param letterCase `same`: a capital for a small letter is an edit; otherwise it is none
 */
export function didYouMean(
  name: string,
  candidates: Iterable<string>,
  letterCase: 'any' | 'same' = 'any',
): string | undefined {
  const wanted = letterCase === 'any' ? name.toLowerCase() : name;
  const letters = lettersOf(wanted);
  let nearest: string | undefined;
  let nearestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const limit = allowedEdits(name, candidate);
    if (Math.abs(name.length - candidate.length) > limit) continue;
    const compared = letterCase === 'any' ? candidate.toLowerCase() : candidate;
    if (countBits(letters & ~lettersOf(compared)) > limit) continue;
    const distance = editDistance(wanted, compared, limit);
    if (distance === undefined || distance >= nearestDistance) continue;
    nearest = candidate;
    nearestDistance = distance;
  }
  return nearest;
}

/** One bit for each kind of character: texts whose bits differ much are far apart, which is cheap to see. */
function lettersOf(text: string): number {
  let letters = 0;
  for (let index = 0; index < text.length; index++) letters |= 1 << (text.charCodeAt(index) & 31);
  return letters;
}

function countBits(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function allowedEdits(name: string, candidate: string): number {
  const shorter = Math.min(name.length, candidate.length);
  if (shorter <= 1) return 0;
  return shorter <= 3 ? 1 : 2;
}

/** The number of edits between two texts, or undefined when there are more than `limit`. */
function editDistance(a: string, b: string, limit: number): number | undefined {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const shifted = Math.min(previous[column] ?? 0, current[column - 1] ?? 0) + 1;
      const isSwap = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swapped = isSwap ? (beforePrevious[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      current.push(Math.min(replaced, shifted, swapped));
    }
    if (Math.min(...current) > limit) return undefined;
    beforePrevious = previous;
    previous = current;
  }
  const distance = previous[b.length] ?? 0;
  return distance <= limit ? distance : undefined;
}
