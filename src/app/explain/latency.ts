import { targetOf } from '../../model/actions.ts';
import { findStep } from '../../model/run-view.ts';
import type { StepView } from '../../model/run-view.ts';
import { formatDuration } from '../../model/time.ts';
import type { App } from '../app.ts';
import type { RunDetails } from '../runs.ts';
import { executionHistory } from '../telemetry.ts';

const recentCalls = 200;
const leastCalls = 3;

/** How the time of the step that failed compares with calls of it that succeeded; undefined where nobody knows. */
export async function latencyChange(app: App, { view, record }: RunDetails): Promise<string | undefined> {
  const step = findStep(view, view.error?.step);
  const took = step && callTime(step);
  if (!step?.action || took === undefined) return undefined;
  const { server, tool } = targetOf(step.action);
  const { environment } = record;
  const filter = {
    server,
    tool,
    success: true,
    limit: recentCalls,
    ...(environment === undefined ? {} : { environment }),
  };
  // Without the log nobody knows what is usual; what else is to be explained needs no log.
  const log = await executionHistory(app, filter).catch(() => []);
  const others = log.filter(({ run, cache }) => run !== record.id && cache !== 'hit');
  const times = others.map(({ durationMs }) => durationMs).toSorted((one, other) => one - other);
  const median = times[Math.floor(times.length / 2)];
  if (median === undefined || times.length < leastCalls) return undefined;
  const factor = took / Math.max(1, median);
  return `${step.key} took ${formatDuration(took)}, ${factorText(factor)} × its median of ${formatDuration(median)}`;
}

function factorText(factor: number): string {
  return factor >= 10 ? String(Math.round(factor)) : factor.toFixed(1);
}

/** From the first attempt to the end of the last one, waits between them included: what the execution log counts. */
function callTime({ attempts }: StepView): number | undefined {
  const [first, last] = [attempts[0], attempts.at(-1)];
  return first && last?.durationMs !== undefined ? last.startedAt + last.durationMs - first.startedAt : undefined;
}
