import type { JsonObject } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Workflow } from '../../model/workflow.ts';
import { timeSpan } from './resolve.ts';

/** When the time of a run that begins now is over; undefined where it has no `timeout`. */
export function runDeadline({ timeoutMs }: Workflow, inputs: JsonObject, now: EpochMs): EpochMs | undefined {
  if (timeoutMs === undefined) return undefined;
  const read = (slot: string) => (slot === 'inputs' ? inputs : inputs[slot.slice('input:'.length)]);
  return now + timeSpan({ read, now, random: () => 0 }, timeoutMs, 'timeout');
}
