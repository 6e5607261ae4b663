import { runFinal, runNotFound } from '../../model/ownership.ts';
import type { RunEvent } from '../../model/events.ts';
import type { RunRequest } from '../../model/requests.ts';
import type { RunChange } from '../../model/run-records.ts';
import { isFinal, type RunStatus } from '../../model/states.ts';
import type { JournalParts } from './journal-parts.ts';
import type { RunRow } from './journal-schema.ts';

/** Performs inside a transaction what changes with events. @param n the run's number */
export function applyChange(parts: JournalParts, n: number, change: RunChange, events: readonly RunEvent[]): void {
  const { sql } = parts;
  const { status, release, parking, state, settled } = change;
  if (state !== undefined) parts.state().change(state, parts.liveness.now());
  for (const request of settled ?? []) sql.settleRequest.run(request, n);
  if (status !== undefined && isFinal(status)) endRun(parts, n, { status, at: lastInstant(events) });
  else if (release === true) {
    sql.release.run(status ?? null, n);
    parts.turns().park(n, parking);
    parts.turns().review(n);
  } else if (status !== undefined) sql.setStatus.run({ status, n });
}

function endRun(
  { sql, groups }: JournalParts,
  n: number,
  { status, at }: { readonly status: RunStatus; readonly at: number | null },
): void {
  const group = sql.endRun.get(status, at, n);
  sql.forgetRequests.run(n);
  sql.forgetWaits.run(n);
  if (typeof group === 'string') groups().passTurn(group);
}

/** Keeps a request inside a transaction. @throws RunnerError RUN_NOT_FOUND, RUN_FINAL */
export function addRequest(parts: JournalParts, run: string, request: RunRequest): void {
  const { n, root, status, group_key: group, instance } = openRun(parts, run);
  parts.sql.addRequest.run(n, root, JSON.stringify(request));
  if (instance === null || root !== null) parts.turns().review(n);
  // Who is to end leaves the line.
  if (status === 'queued' && group !== null) parts.groups().passTurn(group);
}

/** @throws RunnerError RUN_NOT_FOUND, RUN_FINAL */
export function openRun({ sql }: JournalParts, run: string): RunRow {
  const row = sql.run.get(run);
  if (row === undefined) throw runNotFound(run);
  const status = row.status as RunStatus;
  if (isFinal(status)) throw runFinal(run, status);
  return row;
}

function lastInstant(events: readonly RunEvent[]): number | null {
  const at = events.at(-1)?.at;
  return at === undefined ? null : Math.trunc(at);
}
