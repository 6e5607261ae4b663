import { reportConfig } from '../../../app/config-report.ts';
import type { Setting } from '../../../app/config-report.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { printableLine } from '../terminal/printable.ts';
import { tableLines } from '../terminal/table.ts';
import { withApp } from '../with-app.ts';

export interface ConfigFlags {
  readonly json?: boolean;
  readonly sandbox?: boolean;
  readonly readOnly?: boolean;
}

/** `runner config` */
export function config(context: CliContext, flags: ConfigFlags): Promise<number> {
  const { terminal, variables, environment } = context;
  const readOnly = flags.readOnly === true;
  return withApp(context, { sandbox: flags.sandbox === true, readOnly }, async (app) => {
    const settings = await reportConfig(app, { variables, readOnly, environment });
    if (flags.json) {
      const { project, environment: name = null } = app.configuration;
      terminal.json({ project: project.root, environment: name, settings });
      return exitCodes.success;
    }
    const [header = '', ...lines] = tableLines(columns, settings.map(row), terminal.tableColumns());
    terminal.print(terminal.style.dim(header));
    for (const [index, line] of lines.entries()) {
      const before = settings[index - 1];
      // Groups stand apart.
      if (before && groupOf(before) !== groupOf(settings[index])) terminal.print('');
      terminal.print(line);
    }
    return exitCodes.success;
  });
}

const columns = [{ title: 'SETTING' }, { title: 'VALUE', flexible: true }, { title: 'FROM' }] as const;

function row({ key, value, from }: Setting): readonly string[] {
  return [printableLine(key), printableLine(value), printableLine(from)];
}

/** `cache` of `cache.ttl`; what stands alone belongs to the group of such. */
function groupOf(setting: Setting | undefined): string {
  const [first = '', ...others] = (setting?.key ?? '').split('.');
  return others.length === 0 ? '' : first;
}
