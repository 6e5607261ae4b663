import type { CallProgress, RunInfo } from '../../../app/active-run.ts';
import type { LogWritten, RunEvent } from '../../../model/events.ts';
import { stepKeyOf } from '../../../model/keys.ts';
import { applyEvent, emptyView } from '../../../model/run-view-fold.ts';
import { findStep, largeLoopAround } from '../../../model/run-view.ts';
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
const mostActive = 10;
/** Of a larger loop, what succeeds is only counted. */
const fewBodies = 20;
const isAside = /\/(?:fallback\[\d+\]|verify)$/;

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
  /** What is to stay, while a person is asked something. */
  #held: (readonly Segment[])[] | undefined;

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
    this.#animate();
  }

  #animate(): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      this.#frame += 1;
      this.#redraw([]);
    }, frameMs);
    // The picture alone must not keep the process alive.
    this.#timer.unref();
  }

  pause(): void {
    clearInterval(this.#timer);
    this.#erase();
    this.#held ??= [];
  }

  resume(): void {
    const held = this.#held;
    if (!held) return;
    this.#held = undefined;
    this.#redraw(held);
    this.#animate();
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
    this.resume();
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#erase();
  }

  /** Alternatives of a step show in the step's own line; of the items of a large loop only what went wrong stays. */
  #endedLine(key: string): readonly (readonly Segment[])[] {
    const step = findStep(this.#view, key);
    if (!step || isAside.test(key)) return [];
    const isQuiet = step.status !== 'failed' && largeLoopAround(this.#view, key, fewBodies) !== undefined;
    return isQuiet ? [] : [this.#stepLine(step)];
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
    if (this.#held) {
      this.#held.push(...stays);
      return;
    }
    const columns = Math.max(1, this.#terminal.columns() - 1);
    const spinner = frames[this.#frame % frames.length] ?? '';
    const active = this.#activeSteps().map((step) => joinSegments(this.#stepLine(step, spinner), columns));
    const left = this.#view.index.active.size - mostActive;
    if (left > 0) active.push(joinSegments([{ text: `  … and ${left} more`, paint: this.#style.dim }], columns));
    const kept = stays.map((line) => `${joinSegments(line)}\n`).join('');
    this.#terminal.draw(this.#eraseSequence() + kept + active.join('\n'));
    this.#drawnLines = active.length;
  }

  /** Blocks with how they stand, then the steps under way, inside blocks too. */
  #activeSteps(): readonly StepView[] {
    const blocks = this.#view.steps.filter((step) => step.block !== undefined && isUnderWay(step));
    const active: StepView[] = [];
    for (const step of this.#view.index.active) {
      if (active.length === mostActive) break;
      if (isUnderWay(step) && !isAside.test(step.key) && !blocks.includes(step)) active.push(step);
    }
    return [...blocks, ...active];
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

function isUnderWay({ status }: StepView): boolean {
  return status === 'running' || status === 'waiting';
}

function labelColumns(workflow: Workflow): number {
  return Math.min(maxLabelColumns, Math.max(0, ...workflow.steps.map(({ key }) => displayWidth(key))));
}
