import type { Json } from '../../model/json.ts';

/** What a parameter, or a value of `set`, may come to as JSON, about. */
export const maxValueCharacters = 20 * 1_048_576;

/** True when the JSON of a value has surely more characters than these. Looks at no more of it than it must. */
export function isLargerThan(characters: number, value: Json): boolean {
  return remaining(characters, value) < 0;
}

function remaining(room: number, value: Json): number {
  if (typeof value === 'string') return room - value.length - 2;
  if (typeof value !== 'object' || value === null) return room - 1;
  let left = room - 2;
  for (const [key, member] of Object.entries(value)) {
    if (left < 0) return left;
    left = remaining(left - (Array.isArray(value) ? 1 : key.length + 4), member);
  }
  return left;
}
