import type { EpochMs } from '../model/time.ts';
import type { Operation } from './core/operations.ts';
import type { Idle } from './parts.ts';
import type { Journal } from './ports.ts';

/**
 * What a run waits for, where all of it needs no process: timers, events, approvals, and children that wait likewise.
 * Undefined where something else is under way, or an event has come that nobody has looked at.
 */
export function idleness(
  open: Iterable<Operation>,
  children: ReadonlyMap<string, Idle>,
  { journal, run }: { readonly journal: Pick<Journal, 'signals' | 'lastSignal'>; readonly run: string },
): Idle | undefined {
  // Read first: what comes later than this number is found by whoever looks for work.
  const seen = journal.lastSignal();
  const dues: EpochMs[] = [];
  const events = new Set<string>();
  let hasTimer = false;
  for (const operation of open) {
    const child = children.get(operation.key);
    switch (operation.kind) {
      case 'timer':
        dues.push(operation.due);
        hasTimer ||= !operation.key.endsWith('/timeout');
        break;
      case 'signal':
        if (journal.signals(operation.name, run, operation.after, 1).length > 0) return undefined;
        events.add(operation.name);
        if (operation.due !== undefined) dues.push(operation.due);
        break;
      case 'approval':
        if (operation.due !== undefined) dues.push(operation.due);
        break;
      case 'child':
        if (!child) return undefined;
        child.parking.events.forEach((name) => events.add(name));
        if (child.parking.wakeAt !== undefined) dues.push(child.parking.wakeAt);
        hasTimer ||= child.hasTimer;
        break;
      case 'admission':
      case 'attempt':
      case 'cache':
      case 'refusal':
      case 'state':
      case 'attention':
        return undefined;
    }
  }
  const wakeAt = dues.length === 0 ? {} : { wakeAt: Math.min(...dues) };
  return { parking: { ...wakeAt, events: [...events], seen }, hasTimer };
}
