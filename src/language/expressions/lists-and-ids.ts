import { canonicalJson } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';

/** The items in a random order. */
export function shuffled(list: readonly unknown[], random: () => number): readonly unknown[] {
  const items = [...list];
  for (let last = items.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1));
    [items[last], items[chosen]] = [items[chosen], items[last]];
  }
  return items;
}

/** A list of numbers or of texts in ascending order; undefined for any other list. */
export function sorted(list: readonly unknown[]): readonly unknown[] | undefined {
  if (list.every((item) => typeof item === 'number')) return list.toSorted((left, right) => left - right);
  if (!list.every((item) => typeof item === 'string')) return undefined;
  return list.toSorted((left, right) => (left === right ? 0 : left < right ? -1 : 1));
}

/** The list in the order of a comparator that tells whether two items stand the wrong way round. Stable. */
export async function mergeSorted(
  list: readonly unknown[],
  isAfter: (left: unknown, right: unknown) => Promise<boolean>,
): Promise<readonly unknown[]> {
  let runs: (readonly unknown[])[] = list.map((item) => [item]);
  while (runs.length > 1) {
    const merged: (readonly unknown[])[] = [];
    for (let index = 0; index < runs.length; index += 2) {
      merged.push(await mergeRuns(runs[index] ?? [], runs[index + 1] ?? [], isAfter));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

async function mergeRuns(
  left: readonly unknown[],
  right: readonly unknown[],
  isAfter: (left: unknown, right: unknown) => Promise<boolean>,
): Promise<readonly unknown[]> {
  const merged: unknown[] = [];
  let taken = 0;
  for (const item of right) {
    while (taken < left.length && !(await isAfter(left[taken], item))) merged.push(left[taken++]);
    merged.push(item);
  }
  return [...merged, ...left.slice(taken)];
}

/** The items without repetitions, in time linear to their size; a value that is no list as it is. */
export function distinct(value: unknown): unknown {
  if (!Array.isArray(value) || value.length <= 1) return value;
  const seen = new Set<unknown>();
  return value.filter((item: unknown) => {
    const identity =
      typeof item === 'object' && item !== null ? `json ${canonicalJson(item as Json)}` : scalarIdentity(item);
    if (seen.has(identity)) return false;
    seen.add(identity);
    return true;
  });
}

function scalarIdentity(item: unknown): unknown {
  return typeof item === 'string' ? `text ${item}` : item;
}

/** A version 4 UUID made of the numbers given. */
export function uuidFrom(random: () => number): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16));
  digits[12] = 4;
  digits[16] = 8 + Math.floor((digits[16] ?? 0) / 4);
  const text = digits.map((digit) => digit.toString(16)).join('');
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
}
