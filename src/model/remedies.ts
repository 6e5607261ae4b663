import type { Fault } from './faults.ts';

/** What a person can do about a fault: its own hint, else what helps against faults of its kind, if anything does. */
export function remedyOf(fault: Fault): string | undefined {
  return fault.hint ?? remedies[fault.kind] ?? remedyOfStatus(fault.kind);
}

const remedies: Readonly<Record<string, string>> = {
  timeout: 'Find out why the far side is slow, or raise "attempt_timeout" or "timeout" of the step.',
  connection: 'Check address, network and certificate of the far side.',
  rate_limited: 'Call less often, or raise "retry" of the step.',
  unknown_tool: 'Find the right name with "runner tools".',
  invalid_params: 'Correct the field that the message names; "runner tools <server/tool>" shows what a tool takes.',
  invalid_reply: 'Ask whoever runs the far side; often a proxy or a login page answers in its place.',
  too_large: 'Ask for less, with a limit or a filter; an "http" step can also raise "max_size".',
  expectation: 'Compare the answer with "expect" of the step.',
  circuit_open: 'Repair the far side, or wait for "open_for" of the circuit breaker.',
  egress_denied: 'Add the host to "egress.allow_hosts" in runner.yaml, if it is right.',
  undefined_reference: "Correct the path, or say what holds instead: ${{ $step.field ?? 'none' }}.",
  outcome_unknown: 'Look at the far side before you run it again.',
};

function remedyOfStatus(kind: string): string | undefined {
  if (kind === 'http.401' || kind === 'http.403') return 'Check the credentials of the call.';
  if (kind === 'http.404' || kind === 'http.410') return 'Check the address and the names in the parameters.';
  if (/^http\.4\d\d$/.test(kind)) return 'Check the parameters of the call; the message quotes the answer.';
  if (/^http\.5\d\d$/.test(kind)) return 'Look at the far side: the fault is its own.';
  return undefined;
}
