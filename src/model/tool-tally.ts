import { addCosts } from './costs.ts';
import type { Execution, ToolMetrics } from './executions.ts';
import type { EpochMs } from './time.ts';

/** The calls of one tool, added up. Plain data: two tallies of the same tool can be merged. */
export interface ToolTally {
  readonly calls: number;
  readonly failures: number;
  readonly cacheHits: number;
  readonly cacheMisses: number;
  readonly retries: number;
  readonly fallbacks: number;
  /** Absent where no call had a cost. */
  readonly cost?: number;
  /** Calls that waited for limits; absent in tallies of older versions. */
  readonly throttled?: number;
  readonly waitedMs?: number;
  readonly lastAt: EpochMs;
  readonly durations: DurationTally;
}

/** Durations of the calls that were really made; `buckets` counts them by logarithm, so its size is bounded. */
interface DurationTally {
  readonly count: number;
  readonly sumMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly buckets: Readonly<Record<string, number>>;
}

const noDurations: DurationTally = { count: 0, sumMs: 0, minMs: 0, maxMs: 0, buckets: {} };

/** Each bucket reaches 4 % beyond the one before: a percentile is at most 2 % away from the true duration. */
const growth = 1.04;
const finestMs = 0.01;

/** Adds up calls of one tool. */
export function tallyOf(executions: readonly Execution[]): ToolTally {
  return {
    calls: executions.length,
    failures: count(executions, ({ success }) => !success),
    cacheHits: count(executions, ({ cache }) => cache === 'hit'),
    cacheMisses: count(executions, ({ cache }) => cache === 'miss'),
    retries: executions.reduce((sum, { retryCount }) => sum + retryCount, 0),
    fallbacks: count(executions, ({ fallbackUsed }) => fallbackUsed),
    ...sumOfCosts(executions),
    throttled: count(executions, ({ waitedMs }) => waitedMs !== undefined),
    waitedMs: executions.reduce((sum, { waitedMs = 0 }) => sum + waitedMs, 0),
    lastAt: executions.reduce((last, { at }) => Math.max(last, at), 0),
    durations: durationTally(executions.filter(({ cache }) => cache !== 'hit').map(({ durationMs }) => durationMs)),
  };
}

export function mergeTallies(a: ToolTally, b: ToolTally): ToolTally {
  return {
    calls: a.calls + b.calls,
    failures: a.failures + b.failures,
    cacheHits: a.cacheHits + b.cacheHits,
    cacheMisses: a.cacheMisses + b.cacheMisses,
    retries: a.retries + b.retries,
    fallbacks: a.fallbacks + b.fallbacks,
    ...sumOfCosts([a, b]),
    throttled: (a.throttled ?? 0) + (b.throttled ?? 0),
    waitedMs: (a.waitedMs ?? 0) + (b.waitedMs ?? 0),
    lastAt: Math.max(a.lastAt, b.lastAt),
    durations: mergeDurations(a.durations, b.durations),
  };
}

/** What calls are counted by; version and environment are empty where there is none. */
export interface CountedCall {
  readonly server: string;
  readonly tool: string;
  readonly version: string;
  readonly environment: string;
}

/** True for calls that a filter lets pass; what it leaves out does not matter. */
export function isCounted(call: CountedCall, filter: Partial<CountedCall>): boolean {
  const wanted: readonly (keyof CountedCall)[] = ['server', 'tool', 'version', 'environment'];
  return wanted.every((name) => filter[name] === undefined || filter[name] === call[name]);
}

export function metricsOf({ server, tool, version, environment }: CountedCall, tally: ToolTally): ToolMetrics {
  const { calls, failures, cacheHits, cacheMisses, retries, fallbacks, cost, lastAt, durations } = tally;
  return {
    server,
    tool,
    ...(version !== '' && { version }),
    ...(environment !== '' && { environment }),
    totalCalls: calls,
    successfulCalls: calls - failures,
    failedCalls: failures,
    errorRate: share(failures, calls),
    ...(durations.count > 0 && { durationMs: summary(durations) }),
    cacheHits,
    cacheMisses,
    cacheHitRate: share(cacheHits, cacheHits + cacheMisses),
    retries,
    fallbacks,
    ...(cost !== undefined && { cost }),
    throttledCalls: tally.throttled ?? 0,
    waitedMs: tally.waitedMs ?? 0,
    lastExecutionAt: lastAt,
  };
}

function sumOfCosts(parts: readonly { readonly cost?: number }[]): { readonly cost?: number } {
  const costs = parts.flatMap(({ cost }) => (cost === undefined ? [] : [cost]));
  return costs.length === 0 ? {} : { cost: costs.reduce(addCosts) };
}

function durationTally(durationsMs: readonly number[]): DurationTally {
  if (durationsMs.length === 0) return noDurations;
  const buckets: Record<string, number> = {};
  for (const ms of durationsMs) {
    const bucket = bucketOf(ms);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  return {
    count: durationsMs.length,
    sumMs: durationsMs.reduce((sum, ms) => sum + ms, 0),
    minMs: durationsMs.reduce((least, ms) => Math.min(least, ms)),
    maxMs: durationsMs.reduce((most, ms) => Math.max(most, ms)),
    buckets,
  };
}

function mergeDurations(a: DurationTally, b: DurationTally): DurationTally {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const buckets: Record<string, number> = { ...a.buckets };
  for (const [bucket, count] of Object.entries(b.buckets)) buckets[bucket] = (buckets[bucket] ?? 0) + count;
  return {
    count: a.count + b.count,
    sumMs: a.sumMs + b.sumMs,
    minMs: Math.min(a.minMs, b.minMs),
    maxMs: Math.max(a.maxMs, b.maxMs),
    buckets,
  };
}

function summary(durations: DurationTally): NonNullable<ToolMetrics['durationMs']> {
  const { count, sumMs, minMs, maxMs } = durations;
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((quantile) => quantileOf(durations, quantile));
  return { avg: sumMs / count, min: minMs, max: maxMs, p50: p50 ?? 0, p95: p95 ?? 0, p99: p99 ?? 0 };
}

function quantileOf({ count, minMs, maxMs, buckets }: DurationTally, quantile: number): number {
  const ordered = Object.entries(buckets)
    .map(([bucket, members]) => [Number(bucket), members] as const)
    .toSorted(([a], [b]) => a - b);
  let remaining = Math.ceil(quantile * count);
  for (const [bucket, members] of ordered) {
    remaining -= members;
    if (remaining <= 0) return Math.min(maxMs, Math.max(minMs, middleOf(bucket)));
  }
  return maxMs;
}

function bucketOf(ms: number): number {
  return ms <= finestMs ? 0 : Math.ceil(Math.log(ms / finestMs) / Math.log(growth));
}

function middleOf(bucket: number): number {
  return bucket === 0 ? finestMs : finestMs * growth ** (bucket - 0.5);
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function count(executions: readonly Execution[], matches: (execution: Execution) => boolean): number {
  return executions.filter(matches).length;
}
