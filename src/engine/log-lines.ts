import { verdictText, type RunEvent, type RunOptions } from '../model/events.ts';
import type { LogLine } from '../model/executions.ts';
import { stepKeyOf } from '../model/keys.ts';

/** What the events of a run say in its log. */
export function logLinesOf(
  { id: run, options }: { readonly id: string; readonly options: RunOptions },
  events: readonly RunEvent[],
): LogLine[] {
  const lines: LogLine[] = [];
  const of = options.environment === undefined ? { run } : { run, environment: options.environment };
  for (const event of events) {
    const line = lineOf(event);
    if (line) lines.push({ at: event.at, ...of, ...('key' in event ? { step: stepKeyOf(event.key) } : {}), ...line });
  }
  return lines;
}

function lineOf(event: RunEvent): Pick<LogLine, 'level' | 'text'> | undefined {
  switch (event.type) {
    case 'run.started':
      return { level: 'info', text: `Run of ${event.workflow} started.` };
    case 'run.resumed':
      return { level: 'info', text: `Run resumed (epoch ${event.epoch}).` };
    case 'cancel.requested':
      return { level: 'warn', text: `Cancel requested by ${event.by}.` };
    case 'log.written':
      return { level: event.level, text: event.text };
    case 'attempt.ended':
      return event.fault && { level: 'warn', text: `Attempt ${event.key} failed: ${event.fault.message}` };
    case 'attempt.verified':
      return { level: 'info', text: `Attempt ${event.key} ${verdictText(event.verdict)}.` };
    case 'step.ended':
      return (
        event.fault && { level: 'error', text: `Step ${event.status}: ${event.fault.kind}: ${event.fault.message}` }
      );
    case 'attention.raised':
      return { level: 'error', text: event.message };
    case 'attention.resolved':
      return { level: 'info', text: `Stated as ${event.as} by ${event.by}.` };
    case 'run.ended':
      return { level: event.error ? 'error' : 'info', text: `Run ${event.status}.` };
    case 'run.paused':
      return { level: 'info', text: `Run paused by ${event.by}.` };
    case 'run.timed_out':
      return { level: 'error', text: 'The time of the run is over.' };
    case 'signal.received':
      return { level: 'info', text: `Event ${event.name} received.` };
    case 'approval.requested':
      return { level: 'info', text: `Approval requested: ${event.question}` };
    case 'approval.voted':
      return { level: 'info', text: `${event.approved ? 'Approved' : 'Rejected'} by ${event.by}.` };
    case 'phase.started':
    case 'body.started':
    case 'body.ended':
    case 'undo.prepared':
    case 'step.started':
    case 'limit.awaited':
    case 'attempt.intended':
    case 'poll.ended':
    case 'timer.set':
    case 'timer.fired':
      return undefined;
  }
}
