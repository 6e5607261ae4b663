import { lineOfEvent } from '../../../app/event-lines.ts';
import type { EventLine } from '../../../app/event-lines.ts';
import type { RunEvent } from '../../../model/events.ts';
import { printableLine } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { createProgressNotes } from './progress-text.ts';
import type { RunWatcher } from './watcher.ts';

/** Progress as lines that are never redrawn: for pipes, files and CI. */
export function createPlainProgress(terminal: Terminal, now: () => number = Date.now): RunWatcher {
  const show = (line: EventLine): void => {
    const paint =
      line.level === 'error' ? terminal.noteStyle.red : line.level === 'warn' ? terminal.noteStyle.yellow : asIs;
    terminal.note(paint(printableLine(line.step === undefined ? line.text : `${line.step}: ${line.text}`)));
  };
  return {
    begins: ({ id, workflow, environment }) =>
      terminal.note(`${workflow.name}: run ${id}${environment === undefined ? '' : ` in ${environment}`}`),
    events: (events) => events.filter(isWorthALine).map(lineOfEvent).filter(isShown).forEach(show),
    progress: createProgressNotes((step, text) => terminal.note(printableLine(`${step}: ${text}`)), now),
    note: (line) => terminal.note(line),
    ends: () => undefined,
  };
}

/** The beginning and the end of the run are told by the first line and the summary. */
function isWorthALine(event: RunEvent): boolean {
  return event.type !== 'run.started' && event.type !== 'run.ended';
}

function isShown(line: EventLine): boolean {
  return line.level !== 'debug';
}

const asIs = (text: string): string => text;
