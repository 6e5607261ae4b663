import { bodyLabel, formatCount, stepLabel } from '../../../app/block-words.ts';
import { begunOf } from '../../../model/run-view.ts';
import type { BodyView, StepView } from '../../../model/run-view.ts';
import { formatDuration } from '../../../model/time.ts';
import { markOf, paintOf, stepLine } from '../progress/step-line.ts';
import { printableLine } from '../terminal/printable.ts';
import { joinSegments } from '../terminal/segments.ts';
import type { Style } from '../terminal/style.ts';
import { displayWidth } from '../terminal/width.ts';
import { stepDetails } from './step-details.ts';

export interface TreeOptions {
  readonly style: Style;
  readonly now: number;
  /** Columns of the terminal; lines of steps are cut to fit, their details are not. */
  readonly columns: number;
  /** True: every body of a loop. */
  readonly unfolds: boolean;
}

/** A loop with so few bodies is shown whole. */
const fewBodies = 3;
const mostFailed = 20;
const mostRunning = 5;
const widestLabel = 28;

/** Steps with everything about them, and what is inside them below, indented. */
export function treeLines(steps: readonly StepView[], options: TreeOptions, depth = 0): readonly string[] {
  const labelWidth = Math.min(widestLabel, Math.max(0, ...steps.map((step) => displayWidth(labelOf(step, depth)))));
  return steps.flatMap((step) => [
    stepText(step, options, { depth, labelWidth }),
    ...stepDetails(step, options.style, `${indentOf(depth)}      `),
    ...step.alternatives.flatMap((each) => alternativeLines(each, options, depth)),
    ...bodyLines(step, options, depth + 1),
  ]);
}

function alternativeLines(step: StepView, options: TreeOptions, depth: number): readonly string[] {
  const below = depth + 3;
  return [
    stepText(step, options, { depth: below, labelWidth: 0 }),
    ...stepDetails(step, options.style, `${indentOf(below)}      `),
    ...step.alternatives.flatMap((each) => alternativeLines(each, options, depth)),
  ];
}

interface LinePlace {
  readonly depth: number;
  readonly labelWidth: number;
}

function stepText(step: StepView, options: TreeOptions, { depth, labelWidth }: LinePlace): string {
  const { style, now, columns } = options;
  const label = labelOf(step, depth);
  const indent = indentOf(depth);
  const line = stepLine(step, { style, now, label, labelWidth, isFaultBelow: true });
  return joinSegments([{ text: indent }, ...line], columns);
}

function labelOf(step: StepView, depth: number): string {
  return depth === 0 || step.key.includes('/fallback') ? step.key : stepLabel(step);
}

function indentOf(depth: number): string {
  return '  '.repeat(depth);
}

function bodyLines(step: StepView, options: TreeOptions, depth: number): readonly string[] {
  if (!step.block) return [];
  const { shown, left } = shownBodies([...step.block.bodies.values()], step, options.unfolds);
  const more = left === 0 ? [] : [options.style.dim(`${indentOf(depth)}… and ${formatCount(left)} more failed`)];
  return [...shown.flatMap((body) => oneBody(body, options, depth)), ...more];
}

/** Of a loop: what went wrong and what is under way. */
function shownBodies(
  bodies: readonly BodyView[],
  step: StepView,
  unfolds: boolean,
): { readonly shown: readonly BodyView[]; readonly left: number } {
  const isLoop = step.kind === 'for_each' || step.kind === 'repeat';
  if (!isLoop) return { shown: bodies.toSorted((one, other) => rankOf(one) - rankOf(other)), left: 0 };
  const inOrder = bodies.toSorted((one, other) => Number(one.name) - Number(other.name));
  if (unfolds || begunOf(step) <= fewBodies) return { shown: inOrder, left: 0 };
  const failed = inOrder.filter(({ status }) => status === 'failed');
  const running = inOrder.filter(({ status }) => status === 'running').slice(0, mostRunning);
  const shown = new Set([...failed.slice(0, mostFailed), ...running]);
  return { shown: inOrder.filter((body) => shown.has(body)), left: Math.max(0, failed.length - mostFailed) };
}

/** Handlers run after what they are for, though they may be known later than what runs last. */
function rankOf({ role }: BodyView): number {
  return role === 'finally' ? 2 : role === 'catch' ? 1 : 0;
}

function oneBody(body: BodyView, options: TreeOptions, depth: number): readonly string[] {
  const [only] = body.steps;
  // A branch that is one step shows as that step.
  if (only?.key === body.key) return treeLines(body.steps, options, depth);
  return [bodyText(body, options, depth), ...treeLines(body.steps, options, depth + 1)];
}

function bodyText(body: BodyView, { style, columns, now }: TreeOptions, depth: number): string {
  const { status, item, startedAt, endedAt, error, steps } = body;
  const took = startedAt === undefined ? '' : `  ${formatDuration((endedAt ?? now) - startedAt)}`;
  const given = item === undefined ? '' : `  ${printableLine(JSON.stringify(item))}`;
  const isTold = error === undefined || steps.some(({ fault }) => fault !== undefined);
  return joinSegments(
    [
      { text: `${indentOf(depth)}${markOf(status)} `, paint: paintOf(status, style) },
      { text: printableLine(bodyLabel(body)), paint: style.bold },
      { text: took, paint: style.dim },
      { text: given.length > 60 ? `${given.slice(0, 60)}…` : given },
      ...(isTold ? [] : [{ text: `  ${printableLine(`${error.kind}: ${error.message}`)}`, paint: style.red }]),
    ],
    columns,
  );
}
