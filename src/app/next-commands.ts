import type { RunView } from '../model/run-view.ts';
import { waitsOf } from '../model/run-view-waits.ts';
import type { RunWait } from '../model/run-view-waits.ts';
import type { RunDocument } from './run-document.ts';

/** What a person types next, the most useful first; empty where there is nothing to do. */
export function nextCommands(run: RunDocument, view: RunView): readonly string[] {
  const { run_id: id } = run;
  switch (run.status) {
    case 'failed':
    case 'timed_out':
    case 'undo_failed':
    case 'cancelled':
      return [showCommand(id)];
    case 'interrupted':
    case 'paused':
      return [`runner resume ${id}`];
    case 'waiting':
      return waitCommands(id, waitsOf(view));
    case 'quarantined':
      return [showCommand(id), `runner resume ${id} --force, once the cause is gone`];
    case 'needs_attention':
    case 'queued':
    case 'running':
    case 'undoing':
    case 'succeeded':
      return [];
  }
}

/** Answers that people can give come first; timers go on with any worker. */
function waitCommands(id: string, waits: readonly RunWait[]): readonly string[] {
  const answers = waits.flatMap((each) => answersOf(id, each)).slice(0, 4);
  return answers.length === 0 ? [`runner resume ${id}`] : answers;
}

function answersOf(id: string, { step, wait }: RunWait): readonly string[] {
  if (wait.reason === 'approval')
    return [decideCommand('approve', id, step.key), decideCommand('reject', id, step.key)];
  if (wait.reason === 'event') return [`runner event ${shellWord(wait.name)} --run ${id}`];
  return wait.reason === 'child' ? [showCommand(wait.run)] : [];
}

function decideCommand(verb: 'approve' | 'reject', run: string, step: string): string {
  return `runner ${verb} ${run} ${shellWord(step)}`;
}

export function showCommand(run: string): string {
  return `runner show ${run}`;
}

/** Keys of items have brackets, which shells would expand. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
