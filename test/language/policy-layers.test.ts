import { describe, expect, it } from 'vitest';
import type { PatternPolicies, ProjectFacts } from '../../src/language/load.ts';
import { loadWorkflow } from '../../src/language/load.ts';
import { loadProjectConfig } from '../../src/language/project-config.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { renderDiagnostic } from '../../src/model/render-diagnostic.ts';
import type { CallStep, Step } from '../../src/model/workflow.ts';
import { isCallStep } from '../../src/model/workflow.ts';

describe('a policy', () => {
  it('comes field by field from step, patterns, defaults, the patterns of the project, and what is built in', async () => {
    const text = [
      'defaults: { retry: { jitter: full, factor: 9, max_delay: 9s, delay: 9s, max: 9 } }',
      'policies:',
      '  "*": { retry: { factor: 8, max_delay: 8s, delay: 8s, max: 8 } }',
      '  "stripe/*": { retry: { max_delay: 7s, delay: 7s, max: 7 } }',
      '  stripe/create_customer: { retry: { delay: 6s, max: 6 } }',
      'steps:',
      '  - tool: stripe/create_customer',
      '    retry: { max: 5 }',
    ];
    const project = { '*': { retry: { backoff: 'linear', jitter: 'none' } } };

    expect(await first(text, project)).toMatchObject({
      retry: { max: 5, delayMs: 6_000, maxDelayMs: 7_000, factor: 8, jitter: 'full', backoff: 'linear', own: true },
    });
  });

  it('of the project wins over the environment, the most specific pattern first', async () => {
    const project = { 'a/*': { retry: { delay: '2s' }, attempt_timeout: '3s' }, 'a/get': { attempt_timeout: '4s' } };

    expect(await first(['steps: [{ tool: a/get }]'], project)).toMatchObject({
      attemptTimeoutMs: 4_000,
      retry: { delayMs: 2_000, own: false },
    });
  });

  it.each([
    ['*', { tool: 'a/get' }],
    ['a/*', { tool: 'a/get' }],
    ['a/get', { tool: 'get', server: 'a' }],
    ['*/get*', { tool: 'a/get_it' }],
    ['http/*', { http: { url: 'https://api.example.com/x' } }],
    ['http/api.example.com', { http: { url: 'https://API.example.com' } }],
    ['http/127.0.0.1:8080', { http: { url: 'http://127.0.0.1:8080/$n' } }],
    ['run/*', { run: 'true' }],
    ['run/flow/step_1', { run: 'true' }],
  ])('of the pattern %s covers %o', async (pattern, step) => {
    const said = { [pattern]: { attempt_timeout: '7s' } };
    const text = [`name: flow`, 'inputs: { n: string }', `steps: [${JSON.stringify(step)}]`];

    const inFile = await first([`policies: ${JSON.stringify(said)}`, ...text]);
    const inProject = await first(text, said);

    expect([inFile.attemptTimeoutMs, inProject.attemptTimeoutMs]).toEqual([7_000, 7_000]);
  });

  it('covers alternatives, handlers and probes by their own targets', async () => {
    const { diagnostics } = await load([
      'policies: { "a/*": { retry: 1 }, "b/*": { retry: 2 }, "c/*": { retry: 3 } }',
      'steps:',
      '  - { tool: a/create, fallback: { tool: b/create } }',
      'finally:',
      '  - tool: c/create',
    ]);

    expect(diagnostics).toEqual([]);
  });

  it('of the project names nothing of a run, though a workflow may have an input of that name', async () => {
    const found = (await config('policies: { "*": { cache: { key: "for $team" } } }')).diagnostics;

    expect(found).toMatchObject([{ code: 'VALUE_INVALID', severity: 'error' }]);
  });

  it('that switches the cache off by a pattern is overruled by a more specific one', async () => {
    const project = { '*': { cache: 'none' }, 'a/*': { cache: { ttl: '9s' } } };
    const text = ['steps: [{ tool: a/get }]'];

    expect((await first(text, project)).cache).toMatchObject({ ttlMs: 9_000 });
    expect((await first(['policies: { a/get: { cache: none } }', ...text], project)).cache).toBeUndefined();
  });

  it('by a pattern changes what makes a workflow what it is', async () => {
    const text = ['steps: [{ tool: a/get }]'];
    const of = async (policies?: PatternPolicies[]) => (await load(text, policies)).workflow?.hash;

    const [none, one, other] = [
      await of(),
      await of([{ pattern: '*', policies: { retry: 1 } }]),
      await of([{ pattern: 'b/*', policies: { retry: 1 } }]),
    ];

    expect(one).not.toBe(none);
    expect(other).not.toBe(one);
  });
});

describe('how long a repetition waits', () => {
  const step = 'steps: [{ tool: a/get }]';

  it.each<[string, readonly string[], Readonly<Record<string, JsonObject>>]>([
    ['the step', ['steps: [{ tool: a/get, retry: { delay: 1s } }]'], {}],
    ['the step, as a backoff', ['steps: [{ tool: a/get, retry: { backoff: constant } }]'], {}],
    ['a pattern', ['policies: { a/get: { retry: { delay: 1s } } }', step], {}],
    ['the defaults', ['defaults: { retry: { delay: 1s } }', step], {}],
    ['the project', [step], { '*': { retry: { delay: '1s' } } }],
  ])('is decided by the kind of error unless %s says it', async (_, text, project) => {
    expect((await first([step], {}, {})).retry.adaptive).toBe(true);
    expect((await first(text, project, {})).retry.adaptive).toBeUndefined();
  });

  it('is not decided by the kind of error where the environment says it', async () => {
    expect((await first([step], {}, { retryDelayMs: 10 })).retry.adaptive).toBeUndefined();
  });

  it.each([
    [['steps: [{ tool: a/get, retry: { on: [tool_error] } }]'], {}],
    [['policies: { "a/*": { retry: { on: [tool_error] } } }', step], {}],
    [['defaults: { retry: { on: [tool_error] } }', step], {}],
    [[step], { 'a/*': { retry: { on: ['tool_error'] } } }],
  ])('is asked only of the errors that %o names', async (text, project) => {
    expect((await first(text, project)).retry.on).toEqual(['tool_error']);
  });
});

describe('a circuit breaker', () => {
  it('comes from any layer, field by field, and is shared by its target', async () => {
    const project = { '*': { circuit_breaker: { failures: 3, within: '10s' } } };
    const text = ['policies: { "http/*": { circuit_breaker: { open_for: 5s } } }'];
    const step = 'steps: [{ http: { url: "https://example.com/x", method: POST } }]';

    expect((await first([...text, step], project)).circuitBreaker).toEqual({
      failures: 3,
      withinMs: 10_000,
      openForMs: 5_000,
      key: 'http/example.com',
    });
  });
});

describe('a circuit breaker of which layers count in different ways', () => {
  const step = 'steps: [{ http: { url: "https://example.com/x", method: POST } }]';

  it.each([
    ['consecutive: 4', 'failures: 3', { consecutive: 4 }],
    ['failures: 3', 'consecutive: 4', { failures: 3 }],
    ['rate: 0.5', 'consecutive: 4', { consecutive: 4, rate: { share: 0.5, minimum: 10 } }],
    ['consecutive: 4', 'rate: 0.5, minimum: 3', { consecutive: 4, rate: { share: 0.5, minimum: 3 } }],
  ])('counts as the first of them says: %s before %s', async (own, below, counts) => {
    const text = [
      `policies: { "http/*": { circuit_breaker: { ${own} } } }`,
      `defaults: { circuit_breaker: { ${below} } }`,
    ];

    expect((await first([...text, step])).circuitBreaker).toEqual({
      ...counts,
      withinMs: 60_000,
      openForMs: 30_000,
      key: 'http/example.com',
    });
  });
});

describe('a pattern that covers no call of its file', () => {
  it.each([
    ['strpe/*', 'Did you mean `stripe/*`?'],
    ['stripe/create_custmer', 'Did you mean `stripe/create_customer`?'],
    ['github/*', 'Delete it, or correct the pattern.'],
  ])('is a warning: %s', async (pattern, hint) => {
    const { diagnostics, workflow } = await load([
      `policies: { "${pattern}": { retry: 3 } }`,
      'steps: [{ tool: stripe/create_customer }]',
    ]);

    expect(diagnostics).toMatchObject([{ code: 'PATTERN_COVERS_NOTHING', severity: 'warning', line: 1, hint }]);
    expect(workflow).toBeDefined();
  });
});

describe('`policies` of runner.yaml', () => {
  it('are checked where they stand', async () => {
    const { diagnostics } = await config('policies:\n  "a/*": { attempt_timeout: 0s, retry: { on: [timout] } }\n');

    expect(diagnostics.map(renderDiagnostic).join('\n')).toBe(
      [
        'runner.yaml:2:29 DURATION_OUT_OF_RANGE',
        '  2 |   "a/*": { attempt_timeout: 0s, retry: { on: [timout] } }',
        '    |                             ^^',
        '  The duration "0s" is zero, so this could never work.',
        'runner.yaml:2:47 ERROR_KIND_UNKNOWN',
        '  2 |   "a/*": { attempt_timeout: 0s, retry: { on: [timout] } }',
        '    |                                               ^^^^^^',
        '  `timout` is neither a kind of error nor the `code` of a `fail` in this file. Did you mean `timeout`?',
      ].join('\n'),
    );
  });

  it.each([
    ['policies: { a: { retry: 3 } }', 'NAME_INVALID'],
    ['policies: { "a/*": { retry: 3, effect: read } }', 'KEY_UNKNOWN'],
    ['policies: { "a/*": { attempt_timeout: $limit } }', 'VALUE_INVALID'],
    ['policies: { "a/*": { circuit_breaker: { failures: 0 } } }', 'VALUE_INVALID'],
    ['policies: { "a/*": { budget: { key: $service, max: 1, per: 1h } } }', 'NAME_UNKNOWN'],
    ['policies: { "a/*": { budget: { key: $param.id, max: 1, per: 1h } } }', 'NAME_UNKNOWN'],
    ['policies: { "a/*": { circuit_breaker: { failures: 3, consecutive: 3 } } }', 'KEY_MISPLACED'],
  ])('refuses %s', async (text, code) => {
    expect((await config(text)).diagnostics).toMatchObject([{ severity: 'error', code }]);
  });

  it('may name the `$params` of calls in keys of limits', async () => {
    const limits = 'concurrency: { max: 1, key: $params.id }, rate_limit: { max: 1, per: 1s, key: "of $params.id" }';
    const text = `policies: { "a/*": { budget: { key: $params.id, max: 1, per: 1h }, ${limits} } }\n`;

    expect((await config(text)).diagnostics).toEqual([]);
  });

  it('reach the loader as plain data', async () => {
    const { config: found } = await config('policies: { "a/*": { retry: 3, cache: { ttl: "${TTL:-5m}" } } }');

    expect(found?.policies).toEqual([{ pattern: 'a/*', policies: { retry: 3, cache: { ttl: '5m' } } }]);
  });
});

function config(text: string) {
  return loadProjectConfig(new TextEncoder().encode(text), { file: 'runner.yaml', env: {} });
}

function load(
  lines: readonly string[],
  policies?: readonly PatternPolicies[],
  policyDefaults: ProjectFacts['policyDefaults'] = { retryMax: 2, retryDelayMs: 10 },
) {
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`);
  return loadWorkflow(bytes, {
    file: 'flow.yaml',
    facts: { policyDefaults, ...(policies && { policies }) },
  });
}

async function first(
  lines: readonly string[],
  project: Readonly<Record<string, JsonObject>> = {},
  policyDefaults?: ProjectFacts['policyDefaults'],
): Promise<CallStep> {
  const policies = Object.entries(project).map(([pattern, said]) => ({ pattern, policies: said }));
  const { workflow, diagnostics } = await load(lines, policies, policyDefaults);
  const step: Step | undefined = workflow?.steps[0];
  if (step === undefined || !isCallStep(step)) throw new Error(diagnostics.map(renderDiagnostic).join('\n'));
  return step;
}
