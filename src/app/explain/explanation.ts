import { targetOf } from '../../model/actions.ts';
import type { RunFault } from '../../model/events.ts';
import { remedyOf } from '../../model/remedies.ts';
import { everyStep, findStep, mayHaveTakenEffect } from '../../model/run-view.ts';
import type { RunView, StepView } from '../../model/run-view.ts';
import { waitsOf } from '../../model/run-view-waits.ts';
import { formatDuration } from '../../model/time.ts';
import { nextCommands, shellWord, showCommand } from '../next-commands.ts';
import type { RunDocument } from '../run-document.ts';
import type { RunDetails } from '../runs.ts';
import { waitText } from '../wait-words.ts';

/** Three lines about a run. */
export interface Explanation {
  /** Key of the step that it is about; null where it is about none. */
  readonly step: string | null;
  readonly why: string;
  /** What was done about it, or so far. */
  readonly tried: string;
  readonly next: string;
  /** What to type, the most useful first. */
  readonly commands: readonly string[];
}

/** Why a run stands as it does, what was tried, and what to do next. */
export function explanationOf({ record, view, document }: RunDetails, now: number): Explanation {
  const commands = nextCommands(document, view);
  const about = { step: subjectOf(view), tried: progressText(document, view), commands };
  switch (document.status) {
    case 'failed':
    case 'timed_out':
    case 'undo_failed':
      return failure(document, view);
    case 'succeeded':
      return {
        ...about,
        step: null,
        why: `It succeeded${inTime(document)}.`,
        tried: triedInAll(view),
        next: 'Nothing to do.',
      };
    case 'cancelled':
      return {
        ...about,
        why: `${view.cancelledBy ?? 'Somebody'} cancelled it${inTime(document)}.`,
        next: `See how far it came: ${showCommand(document.run_id)}`,
      };
    case 'waiting':
      return { ...about, why: waitsText(view, now), next: nextOf(commands) };
    case 'needs_attention':
      return attention(document, view);
    case 'quarantined':
      return {
        ...about,
        why: `Its process ended ${record.crashes} times while it worked${atText(view)}, so nobody goes on with it.`,
        next: `Find out what ends the process, then: runner resume ${document.run_id} --force`,
      };
    case 'paused':
      return { ...about, why: `${view.pausedBy ?? 'Somebody'} paused it.`, next: nextOf(commands) };
    case 'interrupted':
      return { ...about, why: `Its process ended while it worked${atText(view)}.`, next: nextOf(commands) };
    case 'queued':
      return {
        ...about,
        why: 'It waits for its turn in the queue.',
        next: `Watch it: ${showCommand(document.run_id)} --follow`,
      };
    case 'running':
    case 'undoing':
      return {
        ...about,
        why: `It is ${document.status}${atText(view)}.`,
        next: `Watch it: ${showCommand(document.run_id)} --follow`,
      };
  }
}

function failure(run: RunDocument, view: RunView): Explanation {
  const { error } = view;
  const step = findStep(view, error?.step);
  const [commands, mayHaveHappened] = [nextCommands(run, view), error !== undefined && mayHaveTakenEffect(error, step)];
  const remedy = error && remedyOf(error);
  const caution = mayHaveHappened ? 'The call may have taken effect: look at the far side first.' : undefined;
  const advice = [caution, remedy].filter((text) => text !== undefined).join(' ');
  return {
    step: error?.step ?? null,
    why: `It ${verbOf(run.status)}${error?.step === undefined ? '' : ` at ${placeOf(error.step, step)}`}${faultText(error)}`,
    tried: triedText(view, error, step),
    next: advice === '' ? nextOf(commands) : `${advice} ${nextOf(commands)}`.trim(),
    commands,
  };
}

function verbOf(status: RunDocument['status']): string {
  if (status === 'timed_out') return 'ran out of time';
  return status === 'undo_failed' ? 'failed, and could not be undone,' : 'failed';
}

function faultText(error: RunFault | undefined): string {
  return error ? `: ${error.kind}: ${error.message}` : '.';
}

function placeOf(key: string, step: StepView | undefined): string {
  const facts = [...(step?.action ? [callText(step)] : []), ...(step && step.line > 0 ? [`line ${step.line}`] : [])];
  return facts.length === 0 ? key : `${key} (${facts.join(', ')})`;
}

function callText({ action, kind }: StepView): string {
  if (!action) return kind;
  const { server, tool } = targetOf(action);
  return action.kind === 'tool' ? `${server}/${tool}` : action.kind === 'http' ? tool : 'run';
}

function triedText(view: RunView, error: RunFault | undefined, step: StepView | undefined): string {
  const attempts = error?.attempts ?? 0;
  const took = step?.durationMs === undefined ? '' : ` over ${formatDuration(step.durationMs)}`;
  const alternatives = (step?.alternatives ?? []).map((each) => {
    const name = each.key.slice(each.key.lastIndexOf('/') + 1);
    return `${name} ${each.status}${each.fault ? ` (${each.fault.kind})` : ''}`;
  });
  const parts = [
    attempts === 0 ? 'Nothing was called' : `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}${took}`,
    ...alternatives,
    ...handledTexts(view),
  ];
  return `${parts.join('; ')}.`;
}

function handledTexts(view: RunView): readonly string[] {
  const phases = ['on_failure', 'finally'].flatMap((phase) => {
    const steps = view.steps.filter(({ key }) => key.startsWith(`${phase}/`));
    const failed = steps.filter(({ status }) => status === 'failed').map(({ key }) => key);
    if (steps.length === 0) return [];
    return [`${phase} ${failed.length === 0 ? 'done' : `failed at ${failed.join(', ')}`}`];
  });
  const undone = view.undone.filter(({ status }) => status === 'succeeded').length;
  return view.undone.length === 0 ? phases : [...phases, `${undone} of ${view.undone.length} undone`];
}

/** What went less than well in a run that succeeded. */
function triedInAll(view: RunView): string {
  const steps = [...everyStep(view.steps)];
  const count = (holds: (step: StepView) => boolean): number => steps.filter(holds).length;
  const parts = [
    [count(({ attempts }) => attempts.some(({ number }) => number > 1)), 'needed more than one attempt'],
    [count(({ fallback }) => fallback !== undefined), 'needed a fallback'],
    [count(({ tolerated }) => tolerated), 'failed, which was tolerated'],
    [count(({ status }) => status === 'skipped'), 'skipped'],
  ] as const;
  const told = parts.filter(([number]) => number > 0);
  if (told.length === 0) return 'Every step succeeded at the first attempt.';
  return `Of its steps, ${told.map(([number, what]) => `${number} ${what}`).join('; ')}.`;
}

function attention(run: RunDocument, view: RunView): Explanation {
  const open = waitsOf(view).flatMap(({ step, wait }) => (wait.reason === 'attention' ? [{ step, wait }] : []));
  const commands = open.map(
    ({ step }) => `runner resolve ${run.run_id} --step ${shellWord(step.key)} --as done|failed|retry`,
  );
  const [first] = open;
  return {
    step: first?.step.key ?? null,
    why: first ? `${placeOf(first.step.key, first.step)}: ${first.wait.question}` : 'A person must say what happened.',
    tried: progressText(run, view),
    next: nextOf(commands),
    commands,
  };
}

function waitsText(view: RunView, now: number): string {
  const [first, ...others] = waitsOf(view);
  if (!first) return 'It waits.';
  const more = others.length === 0 ? '' : `, and for ${others.length} more`;
  return `It waits at ${first.step.key} ${waitText(first.wait, now)}${more}.`;
}

function subjectOf(view: RunView): string | null {
  const [first] = view.index.active;
  return first?.key ?? null;
}

function atText(view: RunView): string {
  const subject = subjectOf(view);
  return subject === null ? '' : ` at ${placeOf(subject, findStep(view, subject))}`;
}

function progressText(run: RunDocument, view: RunView): string {
  const retried = view.resumes === 0 ? '' : `, resumed ${view.resumes} ${view.resumes === 1 ? 'time' : 'times'}`;
  const handled = handledTexts(view);
  return `${run.completed_steps} of ${run.total_steps} steps done${inTime(run)}${[retried, ...handled].join('; ')}.`;
}

function inTime({ duration_ms: took }: RunDocument): string {
  return ` after ${formatDuration(took)}`;
}

function nextOf(commands: readonly string[]): string {
  return commands.join(', or ');
}
