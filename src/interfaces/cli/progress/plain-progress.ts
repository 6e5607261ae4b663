import { blockText } from '../../../app/block-words.ts';
import { lineOfEvent } from '../../../app/event-lines.ts';
import type { EventLine } from '../../../app/event-lines.ts';
import type { RunEvent } from '../../../model/events.ts';
import { largeLoopAround } from '../../../model/run-view.ts';
import type { RunView, StepView } from '../../../model/run-view.ts';
import { applyEvent, emptyView, foldRun } from '../../../model/run-view-fold.ts';
import { printableLine } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { createProgressNotes } from './progress-text.ts';
import type { RunWatcher } from './watcher.ts';

/** Of a larger loop, what goes well is only counted, and that no more often than this. */
const fewBodies = 20;
const countEveryMs = 10_000;

/** Progress as lines that are never redrawn: for pipes, files and CI. */
export function createPlainProgress(terminal: Terminal, now: () => number = Date.now): RunWatcher {
  let view = emptyView();
  let held: string[] | undefined;
  const write = (line: string): void => {
    if (held) held.push(line);
    else terminal.note(line);
  };
  const resume = (): void => {
    const lines = held ?? [];
    held = undefined;
    lines.forEach(write);
  };
  const show = (line: EventLine): void => {
    const paint =
      line.level === 'error' ? terminal.noteStyle.red : line.level === 'warn' ? terminal.noteStyle.yellow : asIs;
    write(paint(printableLine(line.step === undefined ? line.text : `${line.step}: ${line.text}`)));
  };
  const count = createCounts((text) => write(printableLine(text)), now);
  const tell = (event: RunEvent): void => {
    applyEvent(view, event);
    const line = lineOfEvent(event);
    const loop = quietLoop(view, event);
    if (loop && line.level !== 'warn' && line.level !== 'error') return count(loop, event);
    if (isWorthALine(event) && line.level !== 'debug') show(line);
  };
  return {
    begins: ({ id, workflow, environment, history }) => {
      view = foldRun(history, workflow);
      terminal.note(`${workflow.name}: run ${id}${environment === undefined ? '' : ` in ${environment}`}`);
    },
    events: (events) => events.forEach(tell),
    progress: createProgressNotes((step, text) => write(printableLine(`${step}: ${text}`)), now),
    note: write,
    pause: () => void (held ??= []),
    resume,
    ends: resume,
  };
}

/** What a person has written into the log is told wherever it stands. */
function quietLoop(view: RunView, event: RunEvent): StepView | undefined {
  return 'key' in event && event.type !== 'log.written' ? largeLoopAround(view, event.key, fewBodies) : undefined;
}

/** Tells at a low rate how many bodies of a loop have ended. */
function createCounts(note: (text: string) => void, now: () => number): (loop: StepView, event: RunEvent) => void {
  let countedAt = now();
  return (loop, event) => {
    if (event.type !== 'body.ended' || now() - countedAt < countEveryMs) return;
    countedAt = now();
    note(`${loop.key}: ${blockText(loop) ?? ''}`);
  };
}

/** The beginning and the end of the run are told by the first line and the summary. */
function isWorthALine(event: RunEvent): boolean {
  return event.type !== 'run.started' && event.type !== 'run.ended';
}

const asIs = (text: string): string => text;
