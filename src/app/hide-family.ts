import type { Journal } from '../engine/ports.ts';
import type { RunEvent } from '../model/events.ts';
import type { Json } from '../model/json.ts';
import { familyOf } from '../model/families.ts';
import type { RunRecord } from '../model/run-records.ts';
import { hasHidden, hiddenOf, hiddenValues } from '../model/sensitive.ts';

import type { Redaction } from './secrets/redaction.ts';

type Records = Pick<Journal, 'find' | 'events' | 'definition'>;

/** Keeps the sensitive values of a run out of sight, with those of {@link familyValues}. */
export function hideFamily(redactor: Redaction, journal: Records, run: RunRecord): void {
  redactor.hide(familyValues(journal, run));
}

/**
 * The sensitive values of a run, of the runs that started it and of those that it has started: they pass values on to
 * each other. Journals are read only where a definition says that there are any.
 */
function familyValues(journal: Records, run: RunRecord): readonly Json[] {
  return valuesBelow(journal, run.root === run.id ? run : journal.find(run.root));
}

/** Those of {@link familyValues} by a run's id; none where it is kept no longer, as that of a single call. */
export function valuesOfRun(journal: Records, id: string): readonly Json[] {
  const run = readable(() => journal.find(id));
  return run ? familyValues(journal, run) : [];
}

function valuesBelow(journal: Records, { id, definition }: RunRecord): readonly Json[] {
  const workflow = readable(() => journal.definition(definition).workflow);
  if (!workflow || !familyOf(workflow).some((each) => hasHidden(hiddenOf(each)))) return [];
  const events = journal.events(id);
  const below = givenBy(events).flatMap((run) => {
    const record = readable(() => journal.find(run));
    return record ? valuesBelow(journal, record) : [];
  });
  return [...hiddenValues(events, hiddenOf(workflow)), ...below];
}

/** Runs that a run has results of: its children, and the run that it was made out of. */
function givenBy(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event) => {
    if (event.type === 'run.started') return event.origin ? [event.origin.run] : [];
    return event.type === 'step.started' && event.child ? [event.child.run] : [];
  });
}

/** A definition of a newer runner, or a child that was removed, hides nothing. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
