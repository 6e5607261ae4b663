import type { Place } from '../findings.ts';
import type { ActionKey } from '../structure/step-kinds.ts';
import type { Loading } from './loading.ts';

/** A part of the language that a file can use or do without. */
export type LanguagePart =
  ActionKey | 'wait.event' | 'needs' | 'undo' | 'on_failure.undo' | 'order' | 'runs' | 'timeout';

/** What is checked and compiled in full, but cannot be executed by this version's engine. */
const notYet: ReadonlySet<LanguagePart> = new Set<LanguagePart>(['runs']);

const phrases: Partial<Record<LanguagePart, string>> = {
  'wait.event': '`wait` for an event',
  'on_failure.undo': '`undo` in `on_failure`',
  order: '`order: dependencies`',
};

/** Reports a part of the language that this version cannot execute. */
export function checkExecutable(part: LanguagePart, place: Place, { findings, executes }: Loading): void {
  if (executes === 'all' || !notYet.has(part)) return;
  findings.unsupported(place, phrases[part] ?? `\`${part}\``);
}
