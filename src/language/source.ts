import type { Diagnostic } from '../model/diagnostics.ts';
import { Findings } from './findings.ts';
import { limits } from './limits.ts';

/** The text of a file that is UTF-8 within the bounds; without a text there is a finding that says why. */
export function readSource(
  bytes: Uint8Array,
  file: string,
): { readonly text?: string; readonly diagnostics: readonly Diagnostic[] } {
  if (bytes.length > limits.fileBytes) return { diagnostics: tooLarge(bytes.length, file) };
  const text = decode(bytes);
  const findings = new Findings(file, text ?? new TextDecoder().decode(bytes));
  if (text === undefined) reportEncoding(findings);
  else reportControlCharacter(findings);
  const diagnostics = findings.sorted();
  return text === undefined || diagnostics.length > 0 ? { diagnostics } : { text, diagnostics };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function tooLarge(size: number, file: string): readonly Diagnostic[] {
  const findings = new Findings(file, '');
  const message = `The file has ${Math.ceil(size / 1024)} KB; at most ${limits.fileBytes / 1024} KB are read.`;
  findings.error('FILE_TOO_LARGE', undefined, message, 'Split it into several workflows.');
  return findings.sorted();
}

function reportEncoding(findings: Findings): void {
  const at = findings.text.indexOf('\uFFFD');
  const message = 'The file is not UTF-8: the bytes here are no character.';
  findings.error('FILE_ENCODING', { start: at, end: at + 1 }, message, 'Save it as UTF-8.');
}

function reportControlCharacter(findings: Findings): void {
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  const at = findings.text.search(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/);
  if (at === -1) return;
  const code = findings.text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
  const message = `A control character (U+${code}) stands here.`;
  findings.error(
    'FILE_CONTROL_CHARACTER',
    { start: at, end: at + 1 },
    message,
    'Delete it, or write it as an escape in "…".',
  );
}
