/** A promise about speed. */
export interface Row {
  readonly name: RowName;
  readonly what: string;
  readonly unit: 'x' | 'MB' | 'KB' | 'ms' | 'µs';
  /** Whether a low figure is good, or a high one. */
  readonly good: 'low' | 'high';
  /** What must be held. */
  readonly limit: number;
  /** What is striven for. */
  readonly aim: number;
}

export const rowNames = [
  'cold',
  'memory',
  'throughput',
  'cpu',
  'alone',
  'references',
  'sleeping',
  'sleepers',
  'validate',
  'catalogue',
  'cache-look',
  'cache-step',
  'policies',
  'mcp-stdio',
  'items',
  'branches',
  'open-runs',
  'resume',
  'journal',
] as const;

export type RowName = (typeof rowNames)[number];

export const rows: readonly Row[] = [
  row('cold', 'cold `runner run` of 3 chained steps, against bash + curl + jq', { limit: 1.5, aim: 1.25 }),
  row('memory', 'its peak memory', { limit: 80, aim: 65 }, 'MB'),
  {
    ...row('throughput', 'durable steps/s, 50 runs at once, against raw calls', { limit: 0.5, aim: 0.75 }),
    good: 'high',
  },
  row('cpu', 'CPU per step there, against a raw call', { limit: 2.2, aim: 1.5 }),
  row('alone', 'one run alone: time added to each step over the raw call', { limit: 1, aim: 0.7 }, 'ms'),
  row('references', 'ten `$step_N.path` references, CPU', { limit: 50, aim: 10 }, 'µs'),
  row('sleeping', 'a sleeping run', { limit: 40, aim: 20 }, 'KB'),
  row('sleepers', 'a process with 10,000 sleeping runs', { limit: 500, aim: 300 }, 'MB'),
  row('validate', '`runner validate` of a 100-step file, against `node -e 0`', { limit: 5, aim: 3.5 }),
  row('catalogue', 'a catalogue of 5,000 tools, read from SQLite', { limit: 50, aim: 30 }, 'ms'),
  row('cache-look', 'a look-up in the cache, against a raw call', { limit: 0.05, aim: 0.03 }),
  row('cache-step', 'a durable step that the cache answers, against one that calls', { limit: 0.3, aim: 0.15 }),
  row('policies', 'all policies around a call, CPU beyond the call itself', { limit: 60, aim: 30 }, 'µs'),
  row('mcp-stdio', 'MCP calls over stdio, 50 at once, CPU against the bare SDK client', { limit: 1.3, aim: 1.1 }),
  row('items', '`for_each` over 10,000 items: CPU per item against 100 items', { limit: 1.3, aim: 1.1 }),
  row('branches', '1,000 branches at once: CPU per branch against 10', { limit: 1.5, aim: 1.1 }),
  row('open-runs', 'start with 10,000 runs in the queue, to the first one', { limit: 2_000, aim: 300 }, 'ms'),
  row('resume', 'resume of a run of 4,900 steps in a new process', { limit: 1_000, aim: 500 }, 'ms'),
  row('journal', 'the journal of one step', { limit: 2, aim: 1 }, 'KB'),
];

function row(
  name: RowName,
  what: string,
  bounds: { readonly limit: number; readonly aim: number },
  unit: Row['unit'] = 'x',
): Row {
  return { name, what, unit, good: 'low', ...bounds };
}
