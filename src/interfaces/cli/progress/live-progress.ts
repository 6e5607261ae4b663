import type { CallProgress, RunInfo } from '../../../app/active-run.ts';
import type { LogWritten, RunEvent } from '../../../model/events.ts';
import { stepKeyOf } from '../../../model/keys.ts';
import { applyEvent, emptyView } from '../../../model/run-view.ts';
import type { RunView, StepView } from '../../../model/run-view.ts';
import { isCallStep } from '../../../model/workflow.ts';
import type { Workflow } from '../../../model/workflow.ts';
import { printableLine } from '../terminal/printable.ts';
import { joinSegments } from '../terminal/segments.ts';
import type { Segment } from '../terminal/segments.ts';
import type { Style } from '../terminal/style.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { displayWidth } from '../terminal/width.ts';
import { stepLine } from './step-line.ts';
import type { RunWatcher } from './watcher.ts';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;
const maxLabelColumns = 28;

/**
 * Progress on a terminal: finished steps stay, the ones under way are redrawn below them. The cursor is never hidden
 * and redrawn lines never wrap, so that a process killed in the middle leaves a terminal that works.
 */
export class LiveProgress implements RunWatcher {
  readonly #terminal: Terminal;
  readonly #style: Style;
  readonly #now: () => number;
  readonly #maxAttempts = new Map<string, number>();
  readonly #progress = new Map<string, CallProgress>();
  #view: RunView = emptyView();
  #labelColumns = 0;
  #drawnLines = 0;
  #frame = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(terminal: Terminal, now: () => number = Date.now) {
    this.#terminal = terminal;
    this.#style = terminal.noteStyle;
    this.#now = now;
  }

  begins(run: RunInfo): void {
    this.#view = emptyView(run.workflow);
    for (const event of run.history) applyEvent(this.#view, event);
    this.#labelColumns = labelColumns(run.workflow);
    for (const step of run.workflow.steps) {
      if (isCallStep(step) && typeof step.retry.max === 'number') this.#maxAttempts.set(step.key, step.retry.max + 1);
    }
    this.#redraw([
      [
        { text: run.workflow.name, paint: this.#style.bold },
        { text: `  run ${run.id}`, paint: this.#style.dim },
        ...(run.environment === undefined ? [] : [{ text: ` in ${run.environment}`, paint: this.#style.yellow }]),
      ],
    ]);
    this.#timer = setInterval(() => {
      this.#frame += 1;
      this.#redraw([]);
    }, frameMs);
    // The picture alone must not keep the process alive.
    this.#timer.unref();
  }

  events(events: readonly RunEvent[]): void {
    const stays: (readonly Segment[])[] = [];
    for (const event of events) {
      applyEvent(this.#view, event);
      if (event.type === 'attempt.ended') this.#progress.delete(stepKeyOf(event.key));
      if (event.type === 'step.ended') stays.push(...this.#endedLine(event.key));
      if (event.type === 'log.written') stays.push(...this.#logLines(event));
    }
    this.#redraw(stays);
  }

  /** Shown with the next frame: a far side may tell more than anybody can read. */
  progress(step: string, progress: CallProgress): void {
    this.#progress.set(step, progress);
  }

  note(line: string): void {
    this.#redraw([[{ text: line, paint: this.#style.yellow }]]);
  }

  ends(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#erase();
  }

  /** Alternatives of a step show in the step's own line. */
  #endedLine(key: string): readonly (readonly Segment[])[] {
    const step = this.#view.steps.find((each) => each.key === key);
    return step ? [this.#stepLine(step)] : [];
  }

  #logLines(event: LogWritten): readonly (readonly Segment[])[] {
    const paint =
      event.level === 'error' ? this.#style.red : event.level === 'warn' ? this.#style.yellow : this.#style.cyan;
    const label = printableLine(stepKeyOf(event.key));
    return [
      [{ text: '│ ', paint }, { text: `${label}: `, paint: this.#style.dim }, { text: printableLine(event.text) }],
    ];
  }

  #stepLine(step: StepView, spinner?: string): readonly Segment[] {
    const maxAttempts = this.#maxAttempts.get(step.key);
    const progress = this.#progress.get(step.key);
    return stepLine(step, {
      style: this.#style,
      labelWidth: this.#labelColumns,
      now: this.#now(),
      ...(spinner === undefined ? {} : { spinner }),
      ...(maxAttempts === undefined ? {} : { maxAttempts }),
      ...(progress === undefined ? {} : { progress }),
    });
  }

  #redraw(stays: readonly (readonly Segment[])[]): void {
    const columns = Math.max(1, this.#terminal.columns() - 1);
    const spinner = frames[this.#frame % frames.length] ?? '';
    const active = this.#view.steps
      .filter(({ status }) => status === 'running' || status === 'waiting')
      .map((step) => joinSegments(this.#stepLine(step, spinner), columns));
    const kept = stays.map((line) => `${joinSegments(line)}\n`).join('');
    this.#terminal.draw(this.#eraseSequence() + kept + active.join('\n'));
    this.#drawnLines = active.length;
  }

  #erase(): void {
    if (this.#drawnLines > 0) this.#terminal.draw(this.#eraseSequence());
    this.#drawnLines = 0;
  }

  #eraseSequence(): string {
    if (this.#drawnLines === 0) return '';
    return `\r${this.#drawnLines > 1 ? `\u001B[${this.#drawnLines - 1}A` : ''}\u001B[J`;
  }
}

function labelColumns(workflow: Workflow): number {
  return Math.min(maxLabelColumns, Math.max(0, ...workflow.steps.map(({ key }) => displayWidth(key))));
}
