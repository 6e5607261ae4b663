import type { AgainPlan } from '../../../app/again.ts';
import type { LeftBecause } from '../../../app/kept/reasons.ts';
import type { LeftResult } from '../../../app/kept/select-kept.ts';
import type { JsonObject } from '../../../model/json.ts';
import { printableLine } from '../terminal/printable.ts';
import { labelled } from './values.ts';

const mostNamed = 12;

/** What a new run takes over from another one and what it does anew, in words. */
export function planLines(plan: AgainPlan): readonly string[] {
  const { selection, changedInputs, isChanged } = plan;
  const { changes, kept, left, keptChanged } = selection;
  return [
    headOf(plan),
    ...labelled('workflow', [isChanged ? 'as it is in its file now' : 'as that run had it']),
    ...list('changed', changes.changed.concat(changes.outputs.map((key) => `output of ${key}`))),
    ...list('added', changes.added),
    ...list('removed', changes.removed),
    ...list(
      'inputs',
      changedInputs.map((name) => `${name} has another value`),
    ),
    ...list('keeps', plan.kind === 'rerun' || kept.length > 0 ? kept : ['nothing']),
    ...reasons('anew', left),
    ...reasons('warning', keptChanged, 'kept all the same, since you said --keep'),
  ];
}

function headOf({ kind, other, selection }: AgainPlan): string {
  const { from } = selection;
  if (kind === 'rerun') return `A new run with the inputs of ${other.id}.`;
  const word = kind === 'retry' ? `Tries run ${other.id} again` : `A new run out of ${other.id}`;
  return from === undefined ? `${word}: all its steps are kept.` : `${word}, from ${printableLine(from)} on.`;
}

function list(label: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const more = names.length - mostNamed;
  const shown = names.slice(0, mostNamed).map(printableLine).join(', ');
  return labelled(label, [more > 0 ? `${shown} and ${more} more` : shown]);
}

function reasons(label: string, results: readonly LeftResult[], more = ''): readonly string[] {
  if (results.length === 0) return [];
  const shown = results.slice(0, mostNamed).map(({ key, because }) => {
    return printableLine(`${key}: ${reasonText(because)}${more === '' ? '' : `; ${more}`}`);
  });
  const rest = results.length - mostNamed;
  return labelled(label, rest > 0 ? [...shown, `and ${rest} more`] : shown);
}

function reasonText(because: LeftBecause): string {
  switch (because.kind) {
    case 'from':
      return 'it comes at or after the step to begin from';
    case 'changed':
      return 'its definition has changed';
    case 'input':
      return `it uses the input ${because.input}, which has another value`;
    case 'depends':
      return `it names ${because.on}, which is done anew`;
    case 'undone':
      return 'it was undone';
    case 'approval':
      return `what was approved is not what comes now: ${because.step}`;
  }
}

/** The same for `--json`. */
export function describePlan({ kind, other, attempt, selection, changedInputs, isChanged }: AgainPlan): JsonObject {
  const { changes, kept, left, keptChanged, from = null } = selection;
  return {
    run_id: other.id,
    kind,
    attempt,
    from,
    same_definition: !isChanged,
    changes: { changed: changes.changed, outputs: changes.outputs, added: changes.added, removed: changes.removed },
    changed_inputs: changedInputs,
    kept,
    anew: describeLeft(left),
    kept_though_changed: describeLeft(keptChanged),
  };
}

function describeLeft(results: readonly LeftResult[]): readonly JsonObject[] {
  return results.map(({ key, because }) => ({ step: key, because: because.kind, reason: reasonText(because) }));
}
