/** The action keys of the language. A step carries exactly one of them. */
export const actionKeys = [
  'tool',
  'http',
  'run',
  'workflow',
  'set',
  'state',
  'log',
  'wait',
  'approval',
  'parallel',
  'race',
  'for_each',
  'repeat',
  'switch',
  'try',
  'return',
  'fail',
] as const;

export type ActionKey = (typeof actionKeys)[number];

/** Keys that belong to some kinds of steps only; all other keys of a step are common to all. */
export const keyOwners: Readonly<Record<string, readonly ActionKey[]>> = {
  server: ['tool'],
  params: ['tool'],
  env: ['run'],
  args: ['run'],
  cwd: ['run'],
  shell: ['run'],
  inputs: ['workflow'],
  level: ['log'],
  show: ['approval'],
  form: ['approval'],
  by: ['approval'],
  quorum: ['approval'],
  on_timeout: ['approval'],
  as: ['for_each'],
  max_parallel: ['for_each'],
  tolerate: ['for_each'],
  steps: ['for_each', 'repeat'],
  catch: ['try'],
  finally: ['try'],
  output: ['for_each', 'repeat', 'switch', 'try'],
};

/** Policy keys that change nothing on a step that makes no call, by kind. */
const policyKeys = [
  'timeout',
  'attempt_timeout',
  'retry',
  'fallback',
  'cache',
  'until',
  'every',
  'continue_on_error',
  'sensitive',
  'undo',
  'effect',
  'verify',
  'on_interrupt',
  'idempotency_key',
  'cost',
  'budget',
  'rate_limit',
  'concurrency',
  'circuit_breaker',
] as const;

/** What holds other steps: the policies of their calls stand on themselves. */
const inside = ['timeout', 'continue_on_error', 'sensitive', 'undo'] as const;

const effective: Partial<Record<ActionKey, readonly string[]>> = {
  set: ['continue_on_error', 'sensitive'],
  log: ['continue_on_error'],
  state: ['continue_on_error', 'sensitive'],
  wait: ['timeout', 'continue_on_error'],
  return: [],
  fail: [],
  approval: ['timeout', 'continue_on_error', 'sensitive'],
  workflow: inside,
  parallel: inside,
  race: inside,
  for_each: inside,
  repeat: inside,
  switch: inside,
  try: inside,
};

/** True for blocks and child workflows: the calls are those of the steps inside. */
export function holdsCalls(kind: ActionKey): boolean {
  return effective[kind] === inside;
}

/** Policy keys that have no effect on a kind of step; none for calls. */
export function idlePolicies(kind: ActionKey): readonly string[] {
  const useful = effective[kind];
  return useful === undefined ? [] : policyKeys.filter((key) => !useful.includes(key));
}
