import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ProjectFacts } from '../../src/language/load.ts';
import { loadWorkflow } from '../../src/language/load.ts';
import type { CallStep, Step } from '../../src/model/workflow.ts';
import { isCallStep } from '../../src/model/workflow.ts';

describe('the policies of a step', () => {
  it('are built in where nobody says otherwise', async () => {
    const step = await only('- tool: render/render_get_service');

    expect(step).toMatchObject({
      effect: 'read',
      attemptTimeoutMs: 30_000,
      onInterrupt: 'ask',
      cache: { ttlMs: 300_000, scope: 'run' },
      retry: {
        max: 3,
        delayMs: 1_000,
        backoff: 'exponential',
        factor: 2,
        maxDelayMs: 60_000,
        jitter: 'none',
        own: false,
      },
    });
  });

  it('come field by field from the step, then the defaults of the file, then the project', async () => {
    const text = 'defaults: { retry: { max: 7, jitter: full } }\nsteps:\n  - tool: a/get\n    retry: { factor: 3 }\n';

    const step = await first(text, { policyDefaults: { retryMax: 9, retryDelayMs: 50 } });

    expect(step).toMatchObject({ retry: { max: 7, jitter: 'full', factor: 3, delayMs: 50, own: true } });
  });

  it('allow ten minutes to a command', async () => {
    expect(await only('- run: make')).toMatchObject({ attemptTimeoutMs: 600_000, effect: 'write' });
  });

  it.each([
    ['of a write', '- tool: stripe/createCustomer'],
    ['of a step with `until`', '- { id: s, tool: a/get, until: $s.ok, timeout: 5m }'],
    ['of a step that declines', '- { tool: a/get, cache: none }'],
    ['of a request, unasked', '- http: { url: "https://example.com" }'],
  ])('keep no result %s', async (_, step) => {
    expect(await only(step)).not.toHaveProperty('cache');
  });

  it('keep no result in `finally`', async () => {
    const workflow = await load('steps: [{ log: x }]\nfinally: [{ tool: a/get }]\n');

    expect(workflow.finally[0]).not.toHaveProperty('cache');
  });

  it('poll every ten seconds', async () => {
    expect(await only('- { id: s, tool: a/get, until: $s.ok, timeout: 5m }')).toMatchObject({
      until: { everyMs: 10_000, condition: { undefinedMeansNotYet: true } },
      timeoutMs: 300_000,
    });
  });
});

describe('the key of a step', () => {
  it('is its id or its position, below the list that it stands in', async () => {
    const workflow = await load(
      'steps: [{ log: x }, { id: b, tool: a/create, fallback: [{ value: 1 }, { tool: a/get }] }]\n' +
        'on_failure: [{ log: y }]\nfinally: [{ id: last, log: z }]\n',
    );

    const call = workflow.steps.find((step) => isCallStep(step));
    expect(workflow.steps.map(({ key }) => key)).toEqual(['step_1', 'b']);
    expect(call?.fallback).toMatchObject([{ key: 'b/fallback[0]' }, { step: { key: 'b/fallback[1]' } }]);
    expect([...workflow.onFailure, ...workflow.finally].map(({ key }) => key)).toEqual([
      'on_failure/step_1',
      'finally/last',
    ]);
  });
});

describe('a reference', () => {
  it('to `$last_result` means the step before that has a result', async () => {
    const workflow = await load('steps: [{ id: a, tool: a/get }, { log: x }, { set: { y: $last_result.id } }]\n');

    expect(workflow.steps[2]).toMatchObject({ references: ['a'] });
  });

  it('counts as one of the step also when only its fallback makes it', async () => {
    const workflow = await load(
      'steps: [{ id: a, tool: a/get }, { tool: a/create, fallback: { tool: a/get, params: { x: $a.id } } }]\n',
    );

    expect(workflow.steps[1]).toMatchObject({ references: ['a'] });
  });
});

describe('what the project knows of a tool', () => {
  const tools = { overlays: [{ pattern: 'a/*', effect: 'read', attemptTimeoutMs: 120_000 }] } as const;

  it('decides the class of its calls, and what follows from that', async () => {
    const step = await first('steps:\n  - tool: a/query\n', { tools });

    expect(step).toMatchObject({ effect: 'read', attemptTimeoutMs: 120_000, cache: { ttlMs: 300_000 } });
  });

  it('yields to the step', async () => {
    const step = await first('steps:\n  - { tool: a/query, effect: write, attempt_timeout: 1s }\n', { tools });

    expect(step).toMatchObject({ effect: 'write', attemptTimeoutMs: 1_000 });
  });

  it('changes the hash of workflows that call the tool, and of no other', async () => {
    const other = { overlays: [{ pattern: 'a/*', effect: 'write' }] } as const;

    expect(await hashOf('steps: [{ tool: a/query }]\n', { tools })).not.toBe(
      await hashOf('steps: [{ tool: a/query }]\n', { tools: other }),
    );
    expect(await hashOf('steps: [{ tool: b/query }]\n', { tools })).toBe(
      await hashOf('steps: [{ tool: b/query }]\n', { tools: other }),
    );
  });
});

describe('the hash of a workflow', () => {
  it('changes with the text and with what the project adds, and with nothing else', async () => {
    const text = 'steps: [{ log: x }]\n';
    const plain = await load(text);

    expect(await load(text)).toEqual(plain);
    expect((await load(`${text}# comment\n`)).hash).not.toBe(plain.hash);
    expect((await load(text, { policyDefaults: { retryMax: 1 } })).hash).not.toBe(plain.hash);
  });
});

describe('a host', () => {
  it.each([
    ['https://example.com/$x', false],
    ['http://127.0.0.1:$x/health', false],
    ['https://${x}.example.com', true],
    ['$x', true],
  ])('of %s is computed: %s', async (url, computedHost) => {
    const text = `inputs: { x: string }\nsteps:\n  - http: { url: "${url}" }\n`;

    expect(await first(text, { allowHosts: ['*.example.com'] })).toMatchObject({ computedHost });
  });
});

describe('the example of the language', () => {
  it('lacks only what this version cannot execute', async () => {
    const { diagnostics } = await loadWorkflow(readFileSync('test/fixtures/ok/whole_language.yaml'), {
      file: 'whole_language.yaml',
    });

    expect(diagnostics.every(({ severity }) => severity === 'unsupported')).toBe(true);
  });
});

async function only(step: string): Promise<CallStep> {
  return first(`steps:\n  ${step}\n`);
}

async function first(text: string, facts: ProjectFacts = {}): Promise<CallStep> {
  const step: Step | undefined = (await load(text, facts)).steps[0];
  if (step === undefined || !isCallStep(step)) throw new Error('The first step makes no call.');
  return step;
}

async function load(text: string, facts: ProjectFacts = {}) {
  const { workflow, diagnostics } = await loadWorkflow(new TextEncoder().encode(text), { file: 'sample.yaml', facts });
  if (workflow === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return workflow;
}

async function hashOf(text: string, facts: ProjectFacts): Promise<string | undefined> {
  return (await load(text, facts)).hash;
}
