import { begunOf } from '../model/run-view.ts';
import type { BodyView, StepView } from '../model/run-view.ts';

/** How a block stands, over all its bodies: `10,000 items: 9,998 ok, 2 failed`. Undefined for other steps. */
export function blockText(step: StepView): string | undefined {
  const { block, kind } = step;
  if (!block || kind === 'switch' || kind === 'try') return undefined;
  const { counts } = block;
  const begun = begunOf(step);
  const all = block.total ?? (kind === 'parallel' || kind === 'race' ? block.bodies.size : begun);
  if (all === 0) return kind === 'for_each' && block.total === 0 ? 'no items' : undefined;
  const parts = [
    part(counts.succeeded, 'ok'),
    part(counts.failed, 'failed'),
    part(counts.cancelled, 'cancelled'),
    part(counts.running, 'running'),
    begun > 0 && step.durationMs === undefined ? part(all - begun, 'to come') : '',
  ].filter((text) => text !== '');
  return parts.length === 0 ? countOf(all, kind) : `${countOf(all, kind)}: ${parts.join(', ')}`;
}

function part(count: number, what: string): string {
  return count === 0 ? '' : `${formatCount(count)} ${what}`;
}

function countOf(count: number, kind: string): string {
  const one = kind === 'for_each' ? 'item' : kind === 'repeat' ? 'round' : kind === 'race' ? 'racer' : 'branch';
  const many = one === 'branch' ? 'branches' : `${one}s`;
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `10,000` */
export function formatCount(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** How a body is called among its siblings: `[3]`, `api`, `catch[0]`. */
export function bodyLabel({ role, name }: BodyView): string {
  return role === 'item' || role === 'round' || role === 'case' ? `[${name}]` : name;
}

/** How a step is called among its siblings: its id, or the end of its key. */
export function stepLabel({ key, id }: StepView): string {
  return id !== undefined && !key.includes('/') ? id : key.slice(key.lastIndexOf('.') + 1);
}
