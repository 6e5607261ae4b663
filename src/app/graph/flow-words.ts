import type { Setting } from '../../model/policies.ts';
import { formatDuration } from '../../model/time.ts';
import type { Value } from '../../model/values.ts';
import type { ForEachStep, RepeatStep, Step, WaitStep } from '../../model/workflow.ts';

/** What a step does, in a few words, with its kind. */
export function stepDetail(step: Step): string {
  switch (step.kind) {
    case 'tool':
      return `tool ${step.server === '' ? step.tool : `${step.server}/${step.tool}`}`;
    case 'http':
      return `http ${step.method} ${textOf(step.url)}`;
    case 'run':
      return `run ${step.script.trim().split('\n')[0] ?? ''}`;
    case 'log':
      return `log ${textOf(step.message)}`;
    case 'wait':
      return waitDetail(step);
    case 'approval':
      return `approval ${textOf(step.question)}`;
    case 'state':
      return `state ${step.operation} ${textOf(step.name)}`;
    case 'workflow':
      return `workflow ${step.workflow}`;
    case 'for_each':
      return forEachDetail(step);
    case 'repeat':
      return repeatDetail(step);
    case 'fail':
      return `fail ${step.code}`;
    case 'set':
    case 'return':
    case 'undo':
    case 'parallel':
    case 'race':
    case 'switch':
    case 'try':
      return step.kind;
  }
}

function waitDetail({ wait }: WaitStep): string {
  if ('forMs' in wait) return `wait ${durationText(wait.forMs)}`;
  return 'until' in wait ? `wait until ${textOf(wait.until)}` : `wait for event ${wait.event}`;
}

function forEachDetail({ items, maxParallel }: ForEachStep): string {
  const together = maxParallel === 1 ? '' : `, ${settingText(maxParallel)} at once`;
  return `for_each ${textOf(items)}${together}`;
}

function repeatDetail({ while: again, until, max, everyMs }: RepeatStep): string {
  const condition = again ? `while ${again.text}` : `until ${until?.text ?? ''}`;
  const every = everyMs === undefined ? '' : `, every ${durationText(everyMs)}`;
  return `repeat ${condition}${every}, at most ${settingText(max)} times`;
}

function settingText(setting: Setting): string {
  return typeof setting === 'number' ? String(setting) : setting.text;
}

function durationText(setting: Setting): string {
  return typeof setting === 'number' ? formatDuration(setting) : setting.text;
}

/** `when $n > 1`, `else`. */
export function caseTitle(step: Step, index: number): string {
  const when = step.kind === 'switch' ? step.cases[index]?.when : undefined;
  return when === undefined ? 'else' : `when ${when.text}`;
}

/** A value as its author wrote it, as far as it fits in a few words. */
function textOf(value: Value): string {
  switch (value.kind) {
    case 'literal':
      return typeof value.value === 'string' ? value.value : JSON.stringify(value.value);
    case 'path':
    case 'expression':
      return value.text;
    case 'template':
      return value.parts.map(partText).join('');
    case 'list':
      return `[${value.items.map(textOf).join(', ')}]`;
    case 'object':
      return `{ ${value.entries.map(([key]) => key).join(', ')} }`;
  }
}

function partText(part: string | Extract<Value, { kind: 'path' | 'expression' }>): string {
  if (typeof part === 'string') return part;
  return part.kind === 'path' ? part.text : `\${{ ${part.text} }}`;
}

/** Text on one line, cut to so many characters. */
export function shortened(text: string, most: number): string {
  const characters = Array.from(text.replaceAll(/\s+/g, ' ').trim());
  return characters.length <= most ? characters.join('') : `${characters.slice(0, most - 1).join('')}…`;
}
