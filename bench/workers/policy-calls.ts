import { openApp } from '../../src/app/app.ts';
import type { AdmissionRequest, AttemptOperation } from '../../src/engine/core/operations.ts';
import { Admissions } from '../../src/engine/policies/admission.ts';
import { Attempts } from '../../src/engine/policies/attempt.ts';
import type { Connector } from '../../src/engine/ports.ts';
import type { StepResult, ToolAction } from '../../src/model/actions.ts';
import { inParallel, loadOf, serve } from './serve.ts';

/**
 * Calls of a connector that answers at once: bare, or inside all policies of an attempt. Whether and when to repeat one is
 * decided only after a fault.
 */
interface Task {
  readonly isGuarded: boolean;
  readonly folder: string;
  readonly calls: number;
  readonly atOnce: number;
}

const action: ToolAction = { kind: 'tool', server: 'render', tool: 'get_service', params: { id: 'srv-1' } };

let guarded: Promise<(key: string) => Promise<StepResult>> | undefined;

serve(async ({ isGuarded, folder, calls, atOnce }: Task) => {
  const call = isGuarded ? await (guarded ??= guard(folder)) : bareCall;
  return loadOf(calls, () =>
    inParallel(calls, atOnce, async (index) => {
      const result = await call(`step-${index}`);
      if (!result.ok) throw new Error(result.fault.message);
    }),
  );
});

/** As quick as an answer can be, and still later than its question. */
const connector: Connector = {
  call: () =>
    new Promise((resolve) => {
      setImmediate(() => resolve({ ok: true, output: null }));
    }),
};

function bareCall(key: string): Promise<StepResult> {
  const context = { idempotencyKey: key, run: 'run', step: key, attempt: 1 };
  return connector.call(action, context, new AbortController().signal);
}

async function guard(folder: string): Promise<(key: string) => Promise<StepResult>> {
  const { stores, clock } = await openApp({ cwd: folder, variables: { RUNNER_HOME: `${folder}/.runner` } });
  const admissions = new Admissions({ ...(await stores.limits()), clock });
  const attempts = new Attempts({
    connectors: { tool: connector, http: connector, run: connector },
    clock,
  });
  return async (key) => {
    const admission = admissions.begin({ kind: 'admission', key, request, phase: 'ask' });
    const { kind } = admission.ask();
    if (kind !== 'granted') throw new Error(`The call was not admitted: ${kind}`);
    const result = await attempts.perform('run', operationOf(key, clock.now()), new AbortController().signal);
    admission.end(result);
    return result;
  };
}

/** Wide enough that nothing waits. */
const request: AdmissionRequest = {
  breaker: { failures: 5, withinMs: 60_000, openForMs: 30_000, key: 'render' },
  rateLimit: { max: 1_000_000, perMs: 1_000, key: 'render' },
  concurrency: { max: 100, key: 'render' },
  timeoutMs: 30_000,
};

function operationOf(key: string, now: number): AttemptOperation {
  return {
    kind: 'attempt',
    key,
    step: key,
    number: 1,
    action,
    effect: 'read',
    idempotencyKey: key,
    timeoutMs: 30_000,
    deadline: now + 60_000,
  };
}
