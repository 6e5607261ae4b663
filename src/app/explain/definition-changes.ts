import { allSteps } from '../../model/block-bodies.ts';
import { canonicalJson } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import type { Step, Workflow } from '../../model/workflow.ts';

/** Which steps were added, removed and changed, one line each kind; and what else is different. */
export function definitionChanges(before: Workflow, now: Workflow): readonly string[] {
  const [old, present] = [stepsByKey(before), stepsByKey(now)];
  const added = [...present.keys()].filter((key) => !old.has(key));
  const removed = [...old.keys()].filter((key) => !present.has(key));
  const changed = [...present].filter(([key, step]) => {
    const former = old.get(key);
    return former !== undefined && shapeOf(former) !== shapeOf(step);
  });
  const parts = otherParts.filter((part) => shapeOf(before[part]) !== shapeOf(now[part]));
  const texts = [
    ...listed(
      'changed',
      changed.map(([key, { line }]) => `${key} (line ${line})`),
    ),
    ...listed('added', added),
    ...listed('removed', removed),
    ...(parts.length === 0 ? [] : [`changed: ${parts.map((part) => partNames[part] ?? part).join(', ')}`]),
  ];
  return texts.length === 0 ? ['only its text or the order of its steps'] : texts;
}

const otherParts = [
  'inputs',
  'secrets',
  'failFast',
  'order',
  'timeoutMs',
  'runs',
  'children',
  'costLimit',
  'output',
] as const;

const partNames: Partial<Record<(typeof otherParts)[number], string>> = {
  failFast: 'fail_fast',
  timeoutMs: 'timeout',
  children: 'workflows that it starts',
  costLimit: 'cost_limit',
};

const mostNames = 5;

function listed(verb: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : '';
  const noun = names.length === 1 ? 'step' : 'steps';
  return [`${noun} ${verb}: ${names.slice(0, mostNames).join(', ')}${more}`];
}

function stepsByKey(workflow: Workflow): ReadonlyMap<string, Step> {
  return new Map(allSteps(workflow).map((step) => [step.key, step]));
}

/** What a step or part says, but for where it stands; the steps inside it speak for themselves. */
function shapeOf(part: unknown): string {
  if (part === undefined) return '';
  const plain = JSON.stringify(part, (name, value: unknown) => {
    if (name === 'line') return undefined;
    return (name === 'steps' || name === 'finally') && Array.isArray(value) ? value.length : value;
  });
  return canonicalJson(JSON.parse(plain) as Json);
}
