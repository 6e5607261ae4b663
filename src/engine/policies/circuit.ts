import type { CallSlice, Circuit, ClosedCircuit, OpenCircuit } from '../../model/circuits.ts';
import type { EpochMs } from '../../model/time.ts';
import type { BreakerPolicy } from '../../model/policies.ts';

/** What a call said about the health of its target; `nothing`: it never got there. */
export type Verdict = 'healthy' | 'failing' | 'nothing';

/** Whether a call may be made now: an open circuit lets one probe through once its time is over. */
export type Admittance = 'call' | 'probe' | 'refused';

/** A window is counted in so many slices: a rate forgets calls a tenth of the window early at most. */
const slicesPerWindow = 10;

/** What a circuit says to the next call. Times that lie in the future were written before the clock was set back. */
export function admittance(circuit: Circuit | undefined, now: EpochMs): Admittance {
  if (circuit === undefined || circuit.state === 'closed') return 'call';
  const { until, probeUntil } = circuit;
  if (until === undefined || until > now) return 'refused';
  return probeUntil !== undefined && probeUntil > now ? 'refused' : 'probe';
}

/**
 * The same circuit with its times moved to where they belong, should the clock have been set back: the wait for the next
 * probe, or for the one under way, begins anew and is no longer than it was.
 */
export function afterClockChange(circuit: Circuit, now: EpochMs): Circuit {
  return circuit.state === 'closed' ? circuit : withProbeMoved(withOpeningMoved(circuit, now), now);
}

function withOpeningMoved(circuit: OpenCircuit, now: EpochMs): OpenCircuit {
  const { since, until } = circuit;
  if (since <= now) return circuit;
  return { ...circuit, since: now, ...(until === undefined ? {} : { until: until - (since - now) }) };
}

/** A circuit may have been opened long before its probe began, and the clock set back to a moment between. */
function withProbeMoved(circuit: OpenCircuit, now: EpochMs): OpenCircuit {
  const { probeSince, probeUntil } = circuit;
  if (probeSince === undefined || probeUntil === undefined || probeSince <= now) return circuit;
  return { ...circuit, probeSince: now, probeUntil: probeUntil - (probeSince - now) };
}

/** The circuit with a probe under way. @param leaseMs how long it may take at most */
export function withProbe(circuit: OpenCircuit, now: EpochMs, leaseMs: number): OpenCircuit {
  return { ...circuit, probeSince: now, probeUntil: now + leaseMs };
}

/**
 * True when a call that shows the target healthy changes anything, so that most of them cost no write, and those of a
 * breaker that counts failures alone not even a look at the circuit.
 */
export function heedsSuccess(look: () => Circuit | undefined, { rate, consecutive }: BreakerPolicy): boolean {
  if (rate !== undefined) return true;
  if (consecutive === undefined) return false;
  const circuit = look();
  return circuit?.state === 'closed' && circuit.inARow !== undefined;
}

/** What a call that was let through makes of a circuit; undefined: nothing speaks against the target any more. */
export function afterCall(circuit: Circuit | undefined, policy: BreakerPolicy, call: CallEnd): Circuit | undefined {
  if (circuit?.state === 'open') return afterProbe(circuit, policy, call);
  if (call.verdict === 'nothing' || (call.verdict === 'healthy' && !heedsSuccess(() => circuit, policy)))
    return circuit;
  const failures = failureTimes(circuit, policy, call);
  const inARow = failuresInARow(circuit, policy, call);
  const slices = callSlices(circuit, policy, call);
  const counts = { failures, inARow, slices };
  if (call.verdict === 'failing' && isTooMuch(policy, counts)) {
    return opened(call.now, policy, Math.max(failures.length, inARow, sumOf(slices, 'failures')));
  }
  return isNothing(counts) ? undefined : closed(counts);
}

interface Counts {
  readonly failures: readonly EpochMs[];
  readonly inARow: number;
  readonly slices: readonly CallSlice[];
}

function isNothing({ failures, inARow, slices }: Counts): boolean {
  return failures.length === 0 && inARow === 0 && slices.length === 0;
}

function closed({ failures, inARow, slices }: Counts): ClosedCircuit {
  return {
    state: 'closed',
    failures,
    ...(inARow === 0 ? {} : { inARow }),
    ...(slices.length === 0 ? {} : { slices }),
  };
}

interface CallEnd {
  readonly isProbe: boolean;
  readonly verdict: Verdict;
  readonly now: EpochMs;
}

function isTooMuch({ failures, consecutive, rate }: BreakerPolicy, counts: Counts): boolean {
  if (failures !== undefined && counts.failures.length >= failures) return true;
  if (consecutive !== undefined && counts.inARow >= consecutive) return true;
  const calls = sumOf(counts.slices, 'calls');
  return rate !== undefined && calls >= rate.minimum && sumOf(counts.slices, 'failures') >= rate.share * calls;
}

/** A success does not forgive the failures before it. */
function failureTimes(
  circuit: ClosedCircuit | undefined,
  { failures, withinMs }: BreakerPolicy,
  { verdict, now }: CallEnd,
): readonly EpochMs[] {
  const before = circuit?.failures ?? [];
  if (failures === undefined || verdict !== 'failing') return before;
  return [...before.filter((at) => at <= now && now - at < withinMs), now];
}

function failuresInARow(
  circuit: ClosedCircuit | undefined,
  { consecutive }: BreakerPolicy,
  { verdict }: CallEnd,
): number {
  const before = circuit?.inARow ?? 0;
  if (consecutive === undefined) return before;
  return verdict === 'failing' ? before + 1 : 0;
}

function callSlices(
  circuit: ClosedCircuit | undefined,
  { rate, withinMs }: BreakerPolicy,
  { verdict, now }: CallEnd,
): readonly CallSlice[] {
  if (rate === undefined) return [];
  const recent = (circuit?.slices ?? []).filter(({ from }) => from <= now && now - from < withinMs);
  const call = { from: now, calls: 1, failures: verdict === 'failing' ? 1 : 0 };
  return withCall(recent, call, withinMs / slicesPerWindow);
}

function sumOf(slices: readonly CallSlice[], what: 'calls' | 'failures'): number {
  return slices.reduce((sum, slice) => sum + slice[what], 0);
}

function afterProbe(
  circuit: OpenCircuit,
  policy: BreakerPolicy,
  { isProbe, verdict, now }: CallEnd,
): Circuit | undefined {
  // A call that began before the circuit opened says nothing new; nor does a probe that a person has overruled.
  if (!isProbe || circuit.probeUntil === undefined) return circuit;
  if (verdict === 'healthy') return undefined;
  if (verdict === 'failing') return opened(now, policy, circuit.failures + 1);
  const { probeSince: _, probeUntil: __, ...waiting } = circuit;
  return waiting;
}

function withCall(slices: readonly CallSlice[], call: CallSlice, sliceMs: number): readonly CallSlice[] {
  const last = slices.at(-1);
  if (last === undefined || call.from - last.from >= sliceMs) return [...slices, call];
  const { from, calls, failures } = last;
  return [...slices.slice(0, -1), { from, calls: calls + call.calls, failures: failures + call.failures }];
}

function opened(now: EpochMs, { openForMs }: BreakerPolicy, failures: number): OpenCircuit {
  return { state: 'open', since: now, until: now + openForMs, failures };
}
