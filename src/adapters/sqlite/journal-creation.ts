import { RunnerError } from '../../model/errors.ts';
import { runExists, runNotFound } from '../../model/ownership.ts';
import type { Creation, NewRun } from '../../model/run-records.ts';
import { isFinal } from '../../model/states.ts';
import type { EpochMs } from '../../model/time.ts';
import { addRequest } from './journal-changes.ts';
import type { JournalParts } from './journal-parts.ts';
import type { JournalStatements } from './journal-schema.ts';

/** A run that is to be stored, as text where it is stored as text. */
export interface RunToCreate {
  readonly run: NewRun;
  readonly inputs: string;
  readonly events: string;
  readonly lastEventAt: EpochMs | undefined;
}

/**
 * Stores a run inside a transaction.
 * @param register stores the process that owns the run and starts its lease; undefined: nobody owns it
 * @throws RunnerError RUN_CONFLICT, QUEUE_FULL, RUN_NOT_FOUND (its parent), before anything is changed
 */
export function createRun(
  parts: JournalParts,
  { run, inputs, events, lastEventAt }: RunToCreate,
  register: () => number | undefined,
): Creation {
  const { sql, groups } = parts;
  const known = run.runKey === undefined ? undefined : sql.runOfKey.get(run.workflow.name, run.runKey);
  if (known !== undefined) return { kind: 'known', run: known };
  if (sql.run.get(run.id) !== undefined) throw runExists(run.id);
  const parent = parentOf(sql, run);
  const isPlain = run.group === undefined && run.status !== 'queued';
  const { hasRoom, behind, toCancel } = isPlain ? freeEntry : groups().admit(run);
  for (const other of toCancel) addRequest(parts, other, { kind: 'cancel', by: `run ${run.id}` });
  keepDefinition(sql, run);
  const status = hasRoom ? run.status : 'queued';
  const { workflow, commit = null, environment = null, priority = 0, runKey = null, group } = run;
  const { lastInsertRowid } = sql.addRun.run({
    id: run.id,
    workflow: workflow.name,
    definition: workflow.hash,
    status,
    startedAt: Math.trunc(run.startedAt),
    endedAt: isFinal(status) && lastEventAt !== undefined ? Math.trunc(lastEventAt) : null,
    owner: isFinal(status) || status === 'queued' ? null : (register() ?? null),
    commit,
    environment,
    inputs,
    ...parent,
    priority,
    runKey,
    groupKey: group?.key ?? null,
    groupLimit: group?.limit ?? null,
    ready: status === 'queued' && group === undefined ? 1 : 0,
  });
  sql.addEvents.run(Number(lastInsertRowid), events);
  if (group !== undefined) groups().passTurn(group.key);
  return hasRoom ? { kind: 'created' } : { kind: 'queued', behind };
}

const freeEntry = { hasRoom: true, behind: [], toCancel: [] } as const;

function parentOf(sql: JournalStatements, { parent }: NewRun): { parent: number | null; root: number | null } {
  if (parent === undefined) return { parent: null, root: null };
  const row = sql.run.get(parent);
  if (row === undefined) throw runNotFound(parent);
  return { parent: row.n, root: row.root ?? row.n };
}

function keepDefinition(sql: JournalStatements, { workflow, source }: NewRun): void {
  if (sql.hasDefinition.get(workflow.hash) !== undefined) return;
  sql.addDefinition.run(workflow.hash, workflow.irVersion, source, JSON.stringify(workflow));
}

/** An owner that was stored has a number. */
export function numbered(n: number | undefined): number {
  if (n === undefined) throw new RunnerError('INTERNAL', 'An owner was stored without a number.');
  return n;
}
