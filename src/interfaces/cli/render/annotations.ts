import type { Diagnostic } from '../../../model/diagnostics.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { WatchedRun } from '../watch-run.ts';

/** Shows a finding beside its line in GitHub's view of the change. */
export function annotateDiagnostic(terminal: Terminal, diagnostic: Diagnostic): void {
  const { file, line, column, code, message, hint, severity } = diagnostic;
  const properties = { file, ...(line > 0 ? { line, col: Math.max(1, column) } : {}), title: code };
  const text = hint === undefined ? message : `${message} ${hint}`;
  annotate(terminal, severity === 'warning' ? 'warning' : 'error', { properties, text });
}

/** Shows a failed run beside the step that failed. */
export function annotateRun(terminal: Terminal, { document, view, info }: WatchedRun): void {
  if (document.success || document.status === 'interrupted') return;
  const { error } = document;
  const line = view.steps.find(({ key }) => key === error?.step)?.line ?? 0;
  const properties = {
    ...(info.workflow.file === '' ? {} : { file: info.workflow.file, ...(line > 0 ? { line } : {}) }),
    title: `${document.workflow} ${document.status}`,
  };
  const text = error
    ? `${error.step ? `${error.step}: ` : ''}${error.code}: ${error.message}`
    : `Run ${document.run_id}`;
  annotate(terminal, 'error', { properties, text });
}

interface Annotation {
  readonly properties: Readonly<Record<string, string | number>>;
  readonly text: string;
}

/** On stderr, which GitHub reads too, so that `--json` stays one document. */
function annotate(terminal: Terminal, level: 'error' | 'warning', { properties, text }: Annotation): void {
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  terminal.note(`::${level} ${list.join(',')}::${escapeData(printable(text))}`);
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(printable(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
