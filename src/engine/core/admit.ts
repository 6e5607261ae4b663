import type { Fault } from '../../model/faults.ts';
import type { Call } from './call.ts';
import type { RunContext } from './context.ts';
import type { AdmissionRequest } from './operations.ts';
import { cancelledFault, perform } from './program.ts';
import type { Program } from './scheduler.ts';

/**
 * circuit breaker → rate limit → concurrency: waits until an attempt may begin. Its intent is not recorded yet, so a
 * process that dies here leaves nothing in doubt.
 * @returns why the attempt may not begin
 */
export function* admit(context: RunContext, call: Call, key: string): Program<Fault | undefined> {
  const request = requestOf(call);
  if (request === undefined) return undefined;
  let { answer } = yield* perform(context, { kind: 'admission', key, request, phase: 'ask' });
  while (answer.kind === 'wait') {
    context.emit({ type: 'limit.awaited', at: context.now, key, limit: answer.limit });
    context.limitWaits.begin(key, context.now);
    ({ answer } = yield* perform(context, { kind: 'admission', key, request, phase: 'wait' }));
  }
  context.limitWaits.end(key, context.now);
  switch (answer.kind) {
    case 'granted':
      return undefined;
    case 'refused':
      return answer.fault;
    case 'aborted':
      return cancelledFault(context);
  }
}

function requestOf({ step, settings, limit }: Call): AdmissionRequest | undefined {
  const { circuitBreaker: breaker } = step;
  const { rateLimit, concurrency, attemptTimeoutMs: timeoutMs } = settings;
  if (!breaker && !rateLimit && !concurrency) return undefined;
  return {
    timeoutMs,
    ...(breaker ? { breaker } : {}),
    ...(rateLimit ? { rateLimit } : {}),
    ...(concurrency ? { concurrency } : {}),
    ...(limit ? { deadline: limit.deadline } : {}),
  };
}
