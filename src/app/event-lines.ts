import { verdictText } from '../model/events.ts';
import type {
  AttemptEnded,
  LimitAwaited,
  RunEvent,
  RunStarted,
  StepEnded,
  StepStarted,
  TimerSet,
} from '../model/events.ts';
import type { ApprovalVoted } from '../model/approvals.ts';
import { attemptNumber, pollNumber, stepKeyOf } from '../model/keys.ts';
import { formatDuration } from '../model/time.ts';

/** An event as a line for people: of the plain progress and of `runner logs`. */
export interface EventLine {
  readonly at: number;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Key of the step; absent for the run itself. */
  readonly step?: string;
  readonly text: string;
}

/** The line of an event; `debug` for those that only a close look needs. */
export function lineOfEvent(event: RunEvent): EventLine {
  const { level, text } = describe(event);
  const step = 'key' in event ? stepKeyOf(event.key) : undefined;
  return { at: event.at, level, text, ...(step === undefined ? {} : { step }) };
}

type Description = Pick<EventLine, 'level' | 'text'>;

function describe(event: RunEvent): Description {
  switch (event.type) {
    case 'run.started':
      return info(startedText(event));
    case 'run.resumed':
      return info('resumed');
    case 'run.paused':
      return warn(`is paused (${event.by})`);
    case 'run.timed_out':
      return warn('its time is over');
    case 'cancel.requested':
      return warn(`is to be cancelled (${event.by})`);
    case 'phase.started':
      return info(event.phase === 'undo' ? 'begins to undo what was done' : `begins ${event.phase}`);
    case 'step.started':
      return describeStart(event);
    case 'limit.awaited':
      return info(limitText(event));
    case 'attempt.intended':
      return debug(`attempt ${attemptNumber(event.key)}${ofPoll(event.key)} begins`);
    case 'attempt.ended':
      return describeAttempt(event);
    case 'attempt.verified':
      return info(`attempt ${attemptNumber(event.key)}${ofPoll(event.key)} ${verdictText(event.verdict)}`);
    case 'poll.ended':
      return event.met
        ? info(`condition met at poll ${pollNumber(event.key)}`)
        : debug(`condition not met at poll ${pollNumber(event.key)}`);
    case 'timer.set':
      return describeTimer(event);
    case 'timer.fired':
      return debug('goes on');
    case 'log.written':
      return { level: event.level, text: event.text };
    case 'body.started':
      return debug('begins');
    case 'body.ended':
      return debug(event.error ? `${event.status}: ${event.error.kind}: ${event.error.message}` : event.status);
    case 'signal.received':
      return info(`takes event ${event.name}`);
    case 'approval.requested':
      return warn(`asks: ${event.question}${untilText(event.due)}`);
    case 'approval.voted':
      return info(voteText(event));
    case 'undo.prepared':
      return debug('can be undone');
    case 'step.ended':
      return describeEnd(event);
    case 'attention.raised':
      return { level: 'error', text: `needs attention: ${event.message}` };
    case 'attention.resolved':
      return info(`resolved as ${event.as} by ${event.by}`);
    case 'run.ended':
      return { level: event.status === 'succeeded' ? 'info' : 'error', text: endText(event) };
  }
}

function describeStart({ items, child }: StepStarted): Description {
  if (child) return info(`starts workflow ${child.workflow} as run ${child.run}`);
  return items ? info(`goes over ${items.length} ${items.length === 1 ? 'item' : 'items'}`) : debug('started');
}

function voteText({ approved, by, comment }: ApprovalVoted): string {
  return `${approved ? 'approved' : 'rejected'} by ${by}${comment === undefined ? '' : `: ${comment}`}`;
}

function untilText(due: number | undefined): string {
  return due === undefined ? '' : ` (until ${new Date(due).toISOString()})`;
}

function describeAttempt(event: AttemptEnded): Description {
  const name = `attempt ${attemptNumber(event.key)}${ofPoll(event.key)}`;
  if (!event.fault) return debug(`${name} succeeded in ${formatDuration(event.durationMs)}`);
  return warn(`${name} failed after ${formatDuration(event.durationMs)}: ${event.fault.kind}: ${event.fault.message}`);
}

function limitText({ at, limit }: LimitAwaited): string {
  if (limit.kind === 'concurrency') return `waits for a free slot of ${limit.key} (${limit.max} at once)`;
  return `waits for rate limit ${limit.key} (${formatDuration(limit.due - at)})`;
}

function describeTimer(event: TimerSet): Description {
  const wait = formatDuration(event.due - event.at);
  switch (event.reason) {
    case 'retry':
      return info(`tries again in ${wait}`);
    case 'every':
      return debug(`looks again in ${wait}`);
    case 'wait':
      return info(`waits ${wait}, until ${new Date(event.due).toISOString()}`);
  }
}

function describeEnd(event: StepEnded): Description {
  const took = formatDuration(event.durationMs);
  switch (event.status) {
    case 'succeeded':
      return info(`succeeded in ${took}${provenance(event)}`);
    case 'failed': {
      const text = `failed after ${took}: ${event.fault ? `${event.fault.kind}: ${event.fault.message}` : 'no reason given'}`;
      return event.tolerated ? warn(`${text} (tolerated)`) : { level: 'error', text };
    }
    case 'skipped':
      return info(`skipped${skipReason(event.skipped)}`);
    case 'cancelled':
      return warn('cancelled');
  }
}

/** ` (cached 3s ago)`, ` (by fallback[0])`, ` (2 failed)`; empty for a result of the call itself. */
function provenance(event: StepEnded): string {
  if (event.failures && event.failures.length > 0) return ` (${event.failures.length} failed)`;
  if (event.cachedAgeMs !== undefined) return ` (cached ${formatDuration(event.cachedAgeMs)} ago)`;
  if (event.fallback !== undefined) return ` (by ${event.fallback.slice(event.fallback.lastIndexOf('/') + 1)})`;
  return event.attempts > 1 ? ` with ${event.attempts} calls` : '';
}

/** Why a step was skipped, in words after it. */
export function skipReason(reason: StepEnded['skipped']): string {
  switch (reason) {
    case 'if':
      return ': its condition did not hold';
    case 'dependency':
      return ': a step it needs did not succeed';
    case 'dry_run':
      return ': a write, not performed in a dry run';
    case 'cancelled':
      return ': the run was cancelled';
    case undefined:
      return '';
  }
}

function endText(event: Extract<RunEvent, { type: 'run.ended' }>): string {
  if (!event.error) return event.status;
  const where = event.error.step === undefined ? '' : ` at ${event.error.step}`;
  return `${event.status}${where}: ${event.error.kind}: ${event.error.message}`;
}

function ofPoll(key: string): string {
  const poll = pollNumber(key);
  return poll === 0 ? '' : ` of poll ${poll}`;
}

const info = (text: string): Description => ({ level: 'info', text });
const warn = (text: string): Description => ({ level: 'warn', text });
const debug = (text: string): Description => ({ level: 'debug', text });

function startedText({ options: { dryRun, readOnly, environment }, origin }: RunStarted): string {
  const how = origin ? ` as a ${origin.kind} of run ${origin.run}` : '';
  const started = `started${how}${environment === undefined ? '' : ` in ${environment}`}`;
  if (dryRun) return `${started} as a dry run: writes are not performed`;
  return readOnly ? `${started} in read-only mode: writes are refused` : started;
}
