import { nextCommands, showCommand } from '../../../app/next-commands.ts';
import type { RunDetails } from '../../../app/runs.ts';
import { formatTime } from '../../../model/time.ts';
import { printableLine } from '../terminal/printable.ts';
import { nextLines, noticeLines, outcomeLines } from './summary.ts';
import { treeLines } from './tree.ts';
import type { TreeOptions } from './tree.ts';
import { labelled, quantity, valueLines } from './values.ts';

/** Everything about one run: how it stands, its inputs, and the tree of its steps. */
export function detailLines(details: RunDetails, options: TreeOptions): readonly string[] {
  const { view, record, document, workflow } = details;
  const { style } = options;
  const own = showCommand(document.run_id);
  return [
    ...outcomeLines(document, view, style),
    ...nextLines(nextCommands(document, view).filter((command) => command !== own)),
    '',
    ...labelled('started', [startText(details)]),
    ...originLines(details),
    ...labelled('file', [
      printableLine(`${workflow?.file ?? 'unknown'}${record.commit ? ` at ${record.commit}` : ''}`),
    ]),
    ...labelled('inputs', valueLines(view.inputs)),
    '',
    ...treeLines(view.steps, options),
    ...(view.undone.length === 0 ? [] : ['', style.bold('undo'), ...treeLines(view.undone, options)]),
    ...noticeLines(document, style),
  ];
}

function startText({ record, view, document }: RunDetails): string {
  const facts = [formatTime(record.startedAt)];
  if (record.endedAt !== undefined) facts.push(`ended ${formatTime(record.endedAt)}`);
  if (view.resumes > 0) facts.push(`resumed ${quantity(view.resumes, 'time')}`);
  if (record.crashes > 0) facts.push(`its process died ${quantity(record.crashes, 'time')}`);
  if (view.pausedBy !== undefined) facts.push(`paused by ${printableLine(view.pausedBy)}`);
  const verb = document.status === 'interrupted' ? 'left' : 'owned';
  if (record.owner) facts.push(`${verb} by process ${record.owner.pid} on ${printableLine(record.owner.host)}`);
  return facts.join(', ');
}

function originLines({ view: { origin, parent } }: RunDetails): readonly string[] {
  const from = origin?.from === undefined ? '' : ` from ${printableLine(origin.from)}`;
  return [
    ...(origin ? labelled('from', [`${origin.kind} of run ${origin.run}${from}`]) : []),
    ...(parent ? labelled('parent', [`run ${parent.run}, step ${printableLine(parent.key)}`]) : []),
  ];
}
