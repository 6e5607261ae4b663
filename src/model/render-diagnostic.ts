import type { Diagnostic } from './diagnostics.ts';

/**
 * A finding as plain text: place and code, the line with carets under the fault, what is wrong, and the way out.
 *
 * ```
 * workflows/health_recovery.yaml:14:12 STEP_UNKNOWN
 *   14 |     after: chek
 *      |            ^^^^
 *   No step is called "chek". Did you mean "check"?
 * ```
 */
export function renderDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, code, severity, message, hint } = diagnostic;
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  const label = severity === 'error' ? code : `${code} (${severity === 'warning' ? 'warning' : 'not yet supported'})`;
  const words = hint === undefined ? message : `${message} ${hint}`;
  return [`${place} ${label}`, ...frameOf(diagnostic), `  ${words}`].join('\n');
}

const widestFrame = 120;

function frameOf({ line, column, length, lineText }: Diagnostic): string[] {
  if (line === 0) return [];
  const number = String(line);
  const { text, from } = windowOf(lineText, column - 1);
  const carets = '^'.repeat(Math.max(1, Math.min(length, text.length - from)));
  return [`  ${number} | ${text}`, `  ${' '.repeat(number.length)} | ${' '.repeat(from)}${carets}`];
}

/** A part of a long line around the fault. Tabs become spaces, so that the carets stand below their characters. */
function windowOf(lineText: string, column: number): { readonly text: string; readonly from: number } {
  const characters = Array.from(lineText.replaceAll('\t', ' '));
  if (characters.length <= widestFrame) return { text: characters.join(''), from: column };
  const start = Math.max(0, column - widestFrame / 2);
  const text = characters.slice(start, start + widestFrame).join('');
  return start === 0 ? { text: `${text}…`, from: column } : { text: `…${text}…`, from: column - start + 1 };
}
