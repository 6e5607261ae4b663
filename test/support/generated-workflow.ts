import fc from 'fast-check';
import type { Json } from '../../src/model/json.ts';
import { fault, type Answer, type Effect, type Script } from './far-side.ts';

/**
 * Random workflows over the whole language, each with the answers that its tools give. They are made so that an uncut run
 * has one outcome and one set of effects, however its branches are interleaved: where a branch fails, its siblings only
 * wait.
 */
export interface GeneratedWorkflow {
  readonly yaml: string;
  readonly children: Readonly<Record<string, string>>;
  readonly script: Script;
}

/** A piece of a list, before it has names. `return`s may stand only where the list is allowed to end the run. */
type Piece =
  | { readonly kind: Leaf }
  | { readonly kind: Block; readonly bodies: readonly (readonly Piece[])[]; readonly times: number };

const leaves = [
  'get',
  'put',
  'create',
  'set',
  'wait',
  'log',
  'until',
  'guarded',
  'rescued',
  'flaky',
  'booked',
  'verified',
  'budgeted',
  'undone',
] as const;

const blocks = [
  'parallel',
  'tolerant_parallel',
  'guarded_parallel',
  'for_each',
  'tolerant_for_each',
  'repeat',
  'switch',
  'try_well',
  'try_caught',
  'try_guarded',
  'race',
  'child',
] as const;

type Leaf = (typeof leaves)[number];
type Block = (typeof blocks)[number];

const { piece } = fc.letrec<{ piece: Piece; block: Piece; list: Piece[] }>((tie) => ({
  piece: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ kind: fc.constantFrom(...leaves) }),
    tie('block'),
  ),
  list: fc.array(tie('piece'), { minLength: 1, maxLength: 3 }),
  block: fc.record({
    kind: fc.constantFrom(...blocks),
    bodies: fc.tuple(tie('list'), tie('list')),
    times: fc.integer({ min: 1, max: 3 }),
  }) as fc.Arbitrary<Piece>,
}));

export const generatedWorkflow: fc.Arbitrary<GeneratedWorkflow> = fc
  .record({
    pieces: fc.array(piece, { minLength: 1, maxLength: 4 }),
    ending: fc.constantFrom('none', 'return', 'fail', 'deep_return', 'late'),
    failFast: fc.boolean(),
    order: fc.constantFrom('written', 'dependencies'),
    handlers: fc.constantFrom('none', 'handlers', 'undo'),
  })
  .map(({ pieces, ending, failFast, order, handlers }) => {
    const writer = new Writer();
    const steps = [...pieces.map((one) => writer.step(one)), ...endings[ending]];
    const head = `name: test\nfail_fast: ${failFast}\norder: ${order}\n${ending === 'late' ? 'timeout: 30d\n' : ''}`;
    const yaml = `${head}steps:\n${steps.map((step) => `  - ${step}\n`).join('')}${tails[handlers]}`;
    return { yaml, children: writer.children, script: writer.script };
  });

const endings = {
  none: [],
  return: ['{ return: { done: true } }'],
  fail: ['{ fail: { code: given_up, message: No more } }'],
  deep_return: [
    '{ id: ending, try: [{ id: choice, switch: [{ else: [{ return: deep }] }] }], finally: [{ id: close, tool: s/create_close }] }',
  ],
  late: ['{ id: forever, wait: 60d }'],
} as const;

const tails = {
  none: '',
  handlers:
    'on_failure:\n  - { id: notice, tool: s/create_notice }\nfinally:\n  - { id: clean, tool: s/create_clean }\n',
  undo: 'on_failure:\n  - { id: notice, tool: s/create_notice }\n  - undo\nfinally:\n  - { id: clean, tool: s/create_clean }\n',
} as const;

const lost = { fault: fault('http.503', { outcome: 'unknown' }) } satisfies Answer;
const refused = { fault: fault('tool_error', { transient: false, outcome: 'failed' }) } satisfies Answer;

/** Names every step and its tool anew, so that what one does never depends on how often another was called. */
class Writer {
  readonly children: Record<string, string> = {};
  readonly script: Record<string, readonly Answer[]> = {};
  private count = 0;
  /** How many loops are around: a probe that looks for an effect could not tell one round from another. */
  private loops = 0;

  step(piece: Piece): string {
    this.count += 1;
    const n = this.count;
    return 'bodies' in piece ? this.block(piece, n) : this.leaf(piece.kind, n);
  }

  private rounds(pieces: readonly Piece[]): string {
    this.loops += 1;
    const list = this.list(pieces);
    this.loops -= 1;
    return list;
  }

  private list(pieces: readonly Piece[]): string {
    return `[${pieces.map((one) => this.step(one)).join(', ')}]`;
  }

  private block(
    { kind, bodies: [first = [], second = []], times }: Extract<Piece, { times: number }>,
    n: number,
  ): string {
    const id = `id: b${n}`;
    switch (kind) {
      case 'parallel':
        return `{ ${id}, parallel: { x: ${this.list(first)}, y: ${this.list(second)} } }`;
      case 'tolerant_parallel':
        return `{ ${id}, continue_on_error: true, parallel: { x: ${this.list(first)}, y: [${this.bad(n)}] } }`;
      case 'guarded_parallel':
        return `{ ${id}, try: [{ id: p${n}, parallel: { x: [{ id: w${n}, wait: 40d }], y: [${this.bad(n)}] } }], catch: [{ steps: ${this.list(first)} }] }`;
      case 'for_each':
        return `{ ${id}, for_each: ${items(times)}, as: i${n}, max_parallel: 2, steps: ${this.rounds(first)} }`;
      case 'tolerant_for_each':
        return `{ ${id}, for_each: ${items(times)}, as: i${n}, max_parallel: 2, tolerate: 3, steps: [${this.bad(n)}] }`;
      case 'repeat':
        return `{ ${id}, repeat: { until: $index = ${times - 1}, every: 10s, max: 5 }, steps: ${this.rounds(first)} }`;
      case 'switch':
        return `{ ${id}, switch: [{ when: ${times} = 1, steps: ${this.list(first)} }, { else: ${this.list(second)} }] }`;
      case 'try_well':
        return `{ ${id}, try: ${this.list(first)}, catch: [{ steps: [{ wait: 1s }] }], finally: ${this.list(second)} }`;
      case 'try_caught':
        return `{ ${id}, try: [${this.bad(n)}], catch: [{ errors: [tool_error], steps: ${this.list(first)} }], finally: ${this.list(second)} }`;
      case 'try_guarded':
        return `{ ${id}, continue_on_error: true, try: [${this.bad(n)}], catch: [{ errors: [exit], steps: [{ wait: 1s }] }], finally: ${this.list(first)} }`;
      case 'race':
        return `{ ${id}, race: { quick: { tool: s/get_r${n} }, slow: { wait: 50d } } }`;
      case 'child':
        return this.child(first, n);
    }
  }

  private child(steps: readonly Piece[], n: number): string {
    const name = `child${n}`;
    this.children[name] = '';
    const list = steps.map((one) => `  - ${this.step(one)}\n`).join('');
    this.children[name] = `name: ${name}\nsteps:\n${list}finally:\n  - { id: clean${n}, tool: s/create_clean${n} }\n`;
    return `{ id: b${n}, workflow: ${name}, undo: { tool: s/delete_b${n} } }`;
  }

  private bad(n: number, more = ''): string {
    this.script[`s/get_bad${n}`] = [refused];
    return `{ id: bad${n}, tool: s/get_bad${n}${more} }`;
  }

  private leaf(wanted: Leaf, n: number): string {
    const kind = this.loops > 0 && (wanted === 'verified' || wanted === 'booked') ? 'create' : wanted;
    const id = `id: a${n}`;
    switch (kind) {
      case 'get':
        return `{ ${id}, tool: s/get_x${n}, params: { n: ${n} } }`;
      case 'put':
        return `{ ${id}, tool: s/put_x${n}, effect: idempotent }`;
      case 'create':
        return `{ ${id}, tool: s/create_x${n}, params: { n: ${n} } }`;
      case 'set':
        return `{ ${id}, set: { id: "\${{ $uuid() }}" } }`;
      case 'wait':
        return `{ ${id}, wait: 10m }`;
      case 'log':
        return `{ ${id}, log: Now at ${n} }`;
      case 'until':
        this.script[`s/get_y${n}`] = [{ output: { ready: false } }, { output: { ready: true } }];
        return `{ ${id}, tool: s/get_y${n}, until: $a${n}.ready, every: 10s, timeout: 20m }`;
      case 'guarded':
        return `{ id: g${n}, switch: [{ else: [${this.bad(n, ', continue_on_error: true')}] }] }`;
      case 'rescued':
        this.script[`s/get_bad${n}`] = [refused];
        return `{ ${id}, tool: s/get_bad${n}, fallback: [{ tool: s/create_z${n} }] }`;
      case 'booked':
        this.script[`s/get_booked${n}`] = [{ tells: hasSeen(`s/create_booked${n}`) }];
        return verifiedCall(n, 'booked', ', budget: { max: 99, per: 1h }, cost: 1');
      case 'verified':
        this.script[`s/create_gone${n}`] = [{ ...lost, hasEffect: true }];
        this.script[`s/get_gone${n}`] = [lost, { tells: hasSeen(`s/create_gone${n}`) }];
        return verifiedCall(n, 'gone');
      case 'budgeted':
        return `{ ${id}, tool: s/put_b${n}, effect: idempotent, budget: { max: 99, per: 1h }, cost: 1 }`;
      case 'undone':
        return `{ ${id}, tool: s/create_u${n}, undo: { tool: s/delete_u${n}, params: { id: "\${{ $string($a${n}.id) }}" } } }`;
      case 'flaky':
        this.script[`s/get_flaky${n}`] = [lost, lost, { output: { id: 'late' } }];
        return `{ ${id}, tool: s/get_flaky${n}, retry: { max: 3, delay: 5s } }`;
    }
  }
}

function items(times: number): string {
  return JSON.stringify(Array.from({ length: times }, (_, index) => index));
}

function hasSeen(target: string): (effects: readonly Effect[]) => Json {
  return (effects) => (effects.some((effect) => effect.target === target) ? { id: 'booked' } : null);
}

/** Its effect happens at most once; whether it has is known to the probe alone. */
function verifiedCall(n: number, fate: string, more = ''): string {
  return `{ id: v${n}, tool: s/create_${fate}${n}, verify: { tool: s/get_${fate}${n} }${more} }`;
}
