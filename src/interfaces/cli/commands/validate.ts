import type { CheckedFile } from '../../../app/project-workflow.ts';
import { configurationWarnings, validateFiles } from '../../../app/validate.ts';
import type { Diagnostic } from '../../../model/diagnostics.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { annotateDiagnostic } from '../render/annotations.ts';
import { diagnosticText } from '../render/diagnostics.ts';
import { quantity } from '../render/values.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { withApp } from '../with-app.ts';

interface Counts {
  readonly files: number;
  readonly errors: number;
  readonly unsupported: number;
  readonly warnings: number;
}

/** `runner validate` */
export function validate(
  context: CliContext,
  paths: readonly string[],
  flags: { readonly json?: boolean },
): Promise<number> {
  const { terminal } = context;
  const [first] = paths;
  return withApp(context, first === undefined ? {} : { workflow: first }, async (app) => {
    const files = await validateFiles(app, paths);
    const configuration = await configurationWarnings(app, paths.length === 0 ? files : undefined);
    const all = [...configuration, ...files.flatMap(({ diagnostics }) => diagnostics)];
    const counts = { files: files.length, ...count(all) };
    if (flags.json) terminal.json(describe(files, counts, configuration));
    else print(terminal, files, { counts, configuration });
    if (terminal.annotates) for (const each of all) annotateDiagnostic(terminal, each);
    return counts.errors > 0 ? exitCodes.usage : exitCodes.success;
  });
}

function count(all: readonly Diagnostic[]): Omit<Counts, 'files'> {
  const of = (severity: string): number => all.filter((each) => each.severity === severity).length;
  return { errors: of('error'), unsupported: of('unsupported'), warnings: of('warning') };
}

function describe(files: readonly CheckedFile[], counts: Counts, configuration: readonly Diagnostic[]): object {
  return {
    valid: counts.errors === 0,
    ...counts,
    configuration,
    results: files.map(({ file, name, diagnostics, workflow }) => ({
      file,
      name: name ?? null,
      valid: diagnostics.every(({ severity }) => severity !== 'error'),
      can_run: workflow !== undefined,
      diagnostics,
    })),
  };
}

function print(
  terminal: Terminal,
  files: readonly CheckedFile[],
  { counts, configuration }: { readonly counts: Counts; readonly configuration: readonly Diagnostic[] },
): void {
  const { style } = terminal;
  for (const diagnostic of configuration) terminal.print(`${diagnosticText(diagnostic, style)}\n`);
  for (const { file, diagnostics, workflow } of files) {
    for (const diagnostic of diagnostics) terminal.print(`${diagnosticText(diagnostic, style)}\n`);
    if (workflow) terminal.print(`${style.green('✓')} ${file}`);
    else if (diagnostics.some(({ severity }) => severity === 'error')) terminal.print(`${style.red('✗')} ${file}`);
    else terminal.print(`${style.yellow('!')} ${file} is valid; this version cannot execute all of it yet`);
  }
  if (counts.files === 1 && counts.errors + counts.unsupported + counts.warnings === 0) return;
  const parts = [
    quantity(counts.files, 'file'),
    quantity(counts.errors, 'error'),
    ...(counts.unsupported > 0 ? [`${counts.unsupported} not yet supported`] : []),
    quantity(counts.warnings, 'warning'),
  ];
  terminal.print(parts.join(', '));
}
