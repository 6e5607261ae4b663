import { RunnerError } from '../../model/errors.ts';
import type { ManualStore, ManualWork } from '../../model/manual-work.ts';
import type { Sealer } from './sealer.ts';

type Done = NonNullable<ManualWork['done']>;

/** A task as it is stored: what was called, where and when is in the clear, all that the call was about is sealed. */
type SealedWork = Omit<ManualWork, 'params' | 'error' | 'note' | 'done'> & { readonly sealed: string };
type SealedDone = Omit<Done, 'note'> & { readonly sealed: string };

/**
 * The same store, with params, errors and notes sealed where there is a key. What was written without one can still be
 * read, and nothing is written in the clear because a key is missing.
 */
export function sealedManualStore(store: ManualStore, sealer: Sealer): ManualStore {
  return {
    record: async (work) => store.record(sealer.seals ? sealWork(work, sealer) : work),
    list: (filter) => store.list(filter).map((work) => openListed(work, sealer)),
    find: (id) => store.find(id).map((work) => openWork(work, sealer)),
    close: async (id, done) => store.close(id, sealer.seals ? sealDone(id, done, sealer) : done),
  };
}

function sealWork({ params, error, note, ...place }: ManualWork, sealer: Sealer): ManualWork {
  const body = JSON.stringify({ params, error, ...(note === undefined ? {} : { note }) });
  const sealed: SealedWork = { ...place, sealed: sealer.seal(body, `${place.id}\nmanual`) };
  // Stores keep a task as it is given, and look at no more than its id.
  return sealed as unknown as ManualWork;
}

function sealDone(id: string, { note, ...done }: Done, sealer: Sealer): Done {
  if (note === undefined) return done;
  const sealed: SealedDone = { ...done, sealed: sealer.seal(note, `${id}\nmanual done`) };
  return sealed;
}

function openWork(work: ManualWork | SealedWork, sealer: Sealer): ManualWork {
  const done = 'done' in work && work.done !== undefined ? { done: openDone(work.id, work.done, sealer) } : {};
  if (!('sealed' in work)) return { ...work, ...done };
  const { sealed, ...place } = work;
  const body = JSON.parse(sealer.open(sealed, `${place.id}\nmanual`)) as Pick<ManualWork, 'params' | 'error' | 'note'>;
  return { ...place, ...body, ...done };
}

function openDone(id: string, done: Done | SealedDone, sealer: Sealer): Done {
  if (!('sealed' in done)) return done;
  const { sealed, ...rest } = done;
  return { ...rest, note: sealer.open(sealed, `${id}\nmanual done`) };
}

/** A list of what is open is of use without the key, too. */
function openListed(work: ManualWork | SealedWork, sealer: Sealer): ManualWork {
  try {
    return openWork(work, sealer);
  } catch (error) {
    if (error instanceof RunnerError && error.code === 'JOURNAL_KEY_MISSING') return unopened(work);
    throw error;
  }
}

function unopened(work: ManualWork | SealedWork): ManualWork {
  const { id, run, step, target, recordedAt } = work;
  const done = 'done' in work && work.done !== undefined ? { done: { at: work.done.at, by: work.done.by } } : {};
  const hidden = 'sealed' in work ? { params: unreadable(work.sealed), error: unreadable(work.sealed) } : work;
  return { ...hidden, id, run, step, target, recordedAt, ...done };
}

function unreadable(sealed: string): { readonly '[sealed]': string } {
  return { '[sealed]': sealed.slice(0, 8) };
}
