import { exitCodeOfStatus } from './exit-codes.ts';
import { annotateRun } from './render/annotations.ts';
import { summaryLines } from './render/summary.ts';
import type { Terminal } from './terminal/terminal.ts';
import type { WatchedRun } from './watch-run.ts';

/** Prints how a run ended, for people or as the one JSON document. @returns the exit code */
export function reportRun(terminal: Terminal, run: WatchedRun, asJson: boolean): number {
  if (asJson) terminal.json(run.document);
  else for (const line of summaryLines(run.document, run.view, terminal.style)) terminal.print(line);
  if (terminal.annotates) annotateRun(terminal, run);
  return exitCodeOfStatus(run.document.status);
}
