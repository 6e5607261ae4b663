import { selectKept } from '../../src/app/kept/select-kept.ts';
import type { KeptRequest, KeptSelection } from '../../src/app/kept/select-kept.ts';
import type { RunEvent } from '../../src/model/events.ts';
import type { Workflow } from '../../src/model/workflow.ts';

type Options = Partial<Omit<KeptRequest, 'events' | 'before'>>;

export function select(before: Workflow, events: readonly RunEvent[], options: Options = {}): KeptSelection {
  return selectKept({ events, before, after: before, changedInputs: [], keepChanged: false, now: 1_000, ...options });
}

/** Keys of the events that the new run is given. */
export function keysOf({ events }: KeptSelection): readonly string[] {
  return events.map((event) => ('key' in event ? `${event.type} ${event.key}` : event.type));
}

export function reasonsOf({ left }: KeptSelection): Readonly<Record<string, unknown>> {
  return Object.fromEntries(left.map(({ key, because }) => [key, because]));
}
