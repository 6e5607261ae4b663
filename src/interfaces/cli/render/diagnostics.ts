import type { Diagnostic } from '../../../model/diagnostics.ts';
import { renderDiagnostic } from '../../../model/render-diagnostic.ts';
import { printable } from '../terminal/printable.ts';
import type { Style } from '../terminal/style.ts';

/** A finding with its code frame, in colours. */
export function diagnosticText(diagnostic: Diagnostic, style: Style): string {
  const paint = diagnostic.severity === 'warning' ? style.yellow : style.red;
  const [head = '', ...rest] = printable(renderDiagnostic(diagnostic)).split('\n');
  return [
    paintHead(head, diagnostic, style),
    ...rest.map((line) => (/^[\s|]*\^+$/.test(line) ? paint(line) : line)),
  ].join('\n');
}

function paintHead(head: string, { code, severity }: Diagnostic, style: Style): string {
  const paint = severity === 'warning' ? style.yellow : style.red;
  const at = head.lastIndexOf(code);
  return at === -1 ? style.bold(head) : style.bold(head.slice(0, at)) + paint(head.slice(at));
}
