import type { CallProgress } from '../../../app/active-run.ts';
import { blockText } from '../../../app/block-words.ts';
import { skipReason } from '../../../app/event-lines.ts';
import { targetOf } from '../../../model/actions.ts';
import { attemptNumber } from '../../../model/keys.ts';
import type { StepView, StepWait } from '../../../model/run-view.ts';
import { dueOf } from '../../../model/run-view-waits.ts';
import type { StepStatus } from '../../../model/states.ts';
import { formatDuration } from '../../../model/time.ts';
import { printableLine } from '../terminal/printable.ts';
import { progressText } from './progress-text.ts';
import type { Segment } from '../terminal/segments.ts';
import type { Style } from '../terminal/style.ts';
import { pad } from '../terminal/width.ts';

export interface StepLineOptions {
  readonly style: Style;
  /** In place of the step's key. */
  readonly label?: string;
  readonly labelWidth: number;
  readonly now: number;
  /** Stands in for the mark of a step under way. */
  readonly spinner?: string;
  /** At most so many attempts, where the file says a number. */
  readonly maxAttempts?: number;
  /** What the far side said last of the call under way. */
  readonly progress?: CallProgress;
  /** The line leaves out what went wrong, which is told below it. */
  readonly isFaultBelow?: boolean;
}

/** One step on one line, the most telling first: mark, label, how it goes or went, what it calls, what went wrong. */
export function stepLine(step: StepView, options: StepLineOptions): readonly Segment[] {
  const { style } = options;
  const facts = step.durationMs === undefined ? currentFacts(step, options) : endFacts(step);
  return [
    { text: `${options.spinner ?? markOf(step.status)} `, paint: paintOf(step.status, style) },
    { text: pad(printableLine(options.label ?? step.key), options.labelWidth), paint: style.bold },
    ...facts.map((text) => ({ text: `  ${printableLine(text)}`, paint: style.dim })),
    { text: `  ${printableLine(callOf(step))}`, paint: style.dim },
    ...(options.isFaultBelow ? [] : faultSegments(step, style)),
  ];
}

export function markOf(status: StepStatus): string {
  switch (status) {
    case 'succeeded':
      return '✓';
    case 'failed':
      return '✗';
    case 'skipped':
    case 'cancelled':
      return '–';
    case 'unknown':
      return '!';
    case 'pending':
      return '·';
    case 'running':
    case 'waiting':
      return '…';
  }
}

export function paintOf(status: StepStatus, style: Style): (text: string) => string {
  switch (status) {
    case 'succeeded':
      return style.green;
    case 'failed':
      return style.red;
    case 'unknown':
      return style.yellow;
    case 'running':
    case 'waiting':
      return style.cyan;
    case 'skipped':
    case 'cancelled':
    case 'pending':
      return style.dim;
  }
}

/** `render/render_get_service`, `GET api.example.com`, the workflow of a child run, or the step's kind. */
export function callOf(step: StepView): string {
  if (step.child) return `workflow ${step.child.workflow}, run ${step.child.run}`;
  if (!step.action) return step.kind;
  const { server, tool } = targetOf(step.action);
  if (step.action.kind === 'http') return tool;
  return step.action.kind === 'run' ? 'run' : `${server}/${tool}`;
}

function faultSegments({ fault, tolerated }: StepView, style: Style): readonly Segment[] {
  if (!fault) return [];
  const paint = tolerated ? style.yellow : style.red;
  return [{ text: `  ${printableLine(`${fault.kind}: ${fault.message}`)}`, paint }];
}

/** Of a step under way: poll, attempt, waiting time left, time so far. */
function currentFacts(step: StepView, options: StepLineOptions): readonly string[] {
  const facts: string[] = [];
  const bodies = blockText(step);
  if (bodies !== undefined) facts.push(bodies);
  if (step.polls > 0) facts.push(`poll ${step.polls}`);
  const attempt = attemptUnderWay(step);
  if (attempt > 1) facts.push(`attempt ${attempt}${options.maxAttempts ? `/${options.maxAttempts}` : ''}`);
  if (step.alternatives.length > 0) facts.push('tries a fallback');
  if (options.progress) facts.push(progressText(options.progress));
  if (step.waiting) facts.push(waitText(step.waiting, options.now));
  if (step.startedAt !== undefined) facts.push(formatDuration(options.now - step.startedAt));
  return facts;
}

function attemptUnderWay(step: StepView): number {
  const last = step.attempts.at(-1);
  if (!last) return 0;
  return attemptNumber(last.key) + (step.waiting?.reason === 'retry' ? 1 : 0);
}

function waitText(waiting: StepWait, now: number): string {
  const due = dueOf(waiting);
  const left = due === undefined ? '' : formatDuration(Math.max(0, due - now));
  switch (waiting.reason) {
    case 'retry':
      return `tries again in ${left}`;
    case 'every':
      return `looks again in ${left}`;
    case 'wait':
      return `${left} left`;
    case 'rate_limit':
      return `waiting for rate limit ${waiting.key} (${left})`;
    case 'concurrency':
      return `waiting for a free slot of ${waiting.key} (${waiting.max} at once)`;
    case 'event':
      return `waiting for event ${waiting.name}${left && ` (${left} left)`}`;
    case 'approval':
      return `waiting for a decision${left && ` (${left} left)`}`;
  }
}

/** Of a step that has ended: duration, attempts, where the result came from, or why there is none. */
function endFacts(step: StepView): readonly string[] {
  const facts =
    step.status === 'skipped' ? [`skipped${skipReason(step.skipped)}`] : [formatDuration(step.durationMs ?? 0)];
  const bodies = blockText(step);
  if (bodies !== undefined) facts.push(bodies);
  if (step.cachedAgeMs !== undefined) facts.push(`cached ${formatDuration(step.cachedAgeMs)} ago`);
  if (step.fallback !== undefined) facts.push('fallback used');
  if (step.polls > 1) facts.push(`${step.polls} polls`);
  else if (step.attempts.length > 1) facts.push(`${step.attempts.length} attempts`);
  if (step.tolerated) facts.push('tolerated');
  return facts;
}
