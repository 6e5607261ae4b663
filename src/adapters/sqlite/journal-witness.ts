import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { RunnerError } from '../../model/errors.ts';
import type { Connection } from './native.ts';

/**
 * A small file beside the journal that knows the number of its last durable event. SQLite itself reports a database
 * whose write-ahead log was lost or cut as healthy.
 */
export interface Witness {
  /** Notes what is durable now; at most once a second. */
  attest(): void;
  /** Notes it for the last time. */
  close(): void;
}

const attestEveryMs = 1_000;

/** @param isNew the journal has just been created, so that what an earlier one left behind says nothing about it */
export function openWitness(connection: Connection, journal: string, { isNew }: { readonly isNew: boolean }): Witness {
  const file = `${journal}.witness`;
  const lastEvent = connection.prepare<[], number>('SELECT coalesce(max(n), 0) FROM events').pluck();
  if (isNew) rmSync(file, { force: true });
  else refuseLoss(lastEvent.get() ?? 0, journal, file);
  let attestedAt = Number.NEGATIVE_INFINITY;
  let isBehind = false;
  const note = (): void => {
    attestedAt = performance.now();
    isBehind = false;
    keep(file, lastEvent.get() ?? 0);
  };
  return {
    attest: () => {
      isBehind = true;
      if (performance.now() - attestedAt >= attestEveryMs) note();
    },
    close: () => {
      if (isBehind) note();
    },
  };
}

function refuseLoss(lastEvent: number, journal: string, file: string): void {
  const attested = readAttested(file);
  if (attested <= lastEvent) return;
  throw new RunnerError(
    'STORAGE_CORRUPT',
    `${journal} has lost what was recorded last: it ends at entry ${lastEvent}, and entry ${attested} was durable.`,
    { hint: `Put its -wal file or a backup back. To go on without what is lost, remove ${file}.` },
  );
}

/** 0 where nothing can be learnt from the file: it is not waited for when it is written, so a power cut may empty it. */
function readAttested(file: string): number {
  try {
    const text = readFileSync(file, 'utf8');
    return /^\d{1,15}\n$/.test(text) ? Number(text) : 0;
  } catch {
    return 0;
  }
}

function keep(file: string, lastEvent: number): void {
  const unfinished = `${file}.${process.pid}`;
  try {
    writeFileSync(unfinished, `${lastEvent}\n`, { mode: 0o600 });
    renameSync(unfinished, file);
  } catch {
    // An older witness sees less, but nothing wrong; the journal tells of a disk in trouble by itself.
    rmSync(unfinished, { force: true });
  }
}
