import { RunnerError } from '../../model/errors.ts';
import type { BodyEnded, RunEvent, StepEnded } from '../../model/events.ts';
import { isJsonObject } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';

/** A value that a person puts into a kept result: `status.state`, `nodes[0].name`. */
export interface Edit {
  readonly path: string;
  readonly value: Json;
}

type WithOutput = StepEnded | BodyEnded;

/**
 * Changes results that are kept.
 * @throws RunnerError EDIT_INVALID where a path leads into no result that is kept
 */
export function editKept(events: readonly RunEvent[], edits: readonly Edit[]): readonly RunEvent[] {
  return edits.reduce(applyEdit, events);
}

function applyEdit(events: readonly RunEvent[], { path, value }: Edit): readonly RunEvent[] {
  const target = events
    .filter(isResult)
    .filter(({ key }) => leadsInto(path, key))
    .toSorted((a, b) => b.key.length - a.key.length)[0];
  if (target === undefined) throw notKept(path, events);
  const output = changed(target.output ?? null, pathParts(path.slice(target.key.length), path), { path, value });
  return events.map((event) => (event === target ? { ...target, output } : event));
}

function isResult(event: RunEvent): event is WithOutput {
  return (event.type === 'step.ended' || event.type === 'body.ended') && event.status === 'succeeded';
}

function leadsInto(path: string, key: string): boolean {
  const next = path[key.length];
  return path.startsWith(key) && (next === undefined || next === '.' || next === '[');
}

function pathParts(rest: string, path: string): readonly (string | number)[] {
  const parts = [...rest.matchAll(/\.([A-Za-z_][\w-]*)|\[(\d+)\]/g)];
  if (parts.map(([text]) => text).join('') !== rest) {
    throw new RunnerError('EDIT_INVALID', `"${path}" is no path into a result.`, {
      hint: 'Write the step, then members and numbers: status.state, nodes.items[0].name.',
    });
  }
  return parts.map(([, member, index]) => member ?? Number(index));
}

function changed(before: Json, parts: readonly (string | number)[], edit: Edit): Json {
  const [first, ...rest] = parts;
  if (first === undefined) return edit.value;
  if (typeof first === 'number') {
    if (!Array.isArray(before) || first > before.length) throw notThere(edit.path, `[${first}]`);
    const list = before as readonly Json[];
    return [...list.slice(0, first), changed(list[first] ?? null, rest, edit), ...list.slice(first + 1)];
  }
  if (before !== null && !isJsonObject(before)) throw notThere(edit.path, first);
  const object = before ?? {};
  return { ...object, [first]: changed(Object.hasOwn(object, first) ? (object[first] ?? null) : null, rest, edit) };
}

function notThere(path: string, part: string): RunnerError {
  return new RunnerError('EDIT_INVALID', `"${path}" leads to nothing: the result has no place for ${part}.`, {
    hint: 'See the results with: runner show <run> --json',
  });
}

function notKept(path: string, events: readonly RunEvent[]): RunnerError {
  const kept = events.filter(isResult).map(({ key }) => key);
  const named = kept.length === 0 ? 'No result is kept.' : `These are kept: ${kept.slice(0, 12).join(', ')}.`;
  return new RunnerError('EDIT_INVALID', `"${path}" leads into no result that is kept.`, {
    hint: `${named} An input is set with inputs.<name>=…`,
  });
}
