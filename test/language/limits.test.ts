import { beforeAll, describe, expect, it } from 'vitest';
import { limitsOf } from '../../src/language/compile/limits.ts';
import { bareLoading } from '../../src/language/compile/loading.ts';
import type { Loading, Site } from '../../src/language/compile/loading.ts';
import { layersOf } from '../../src/language/compile/policy-layers.ts';
import { prepareExpressions } from '../../src/language/expressions/classify.ts';
import { Findings } from '../../src/language/findings.ts';
import { FileScope } from '../../src/language/scopes/file-scope.ts';
import { Shapes } from '../../src/language/structure/shape.ts';
import { mapOf } from '../../src/language/yaml/tree.ts';
import type { EffectClass } from '../../src/model/effects.ts';
import type { JsonObject } from '../../src/model/json.ts';

beforeAll(prepareExpressions);

describe('the limits of a call', () => {
  it('are counted by its target, or by a key', () => {
    const { limits } = compiled({
      rate_limit: { max: 25, per: '1s' },
      concurrency: 2,
      budget: { key: '$service', max: 3, per: '1h' },
    });

    expect(limits).toEqual({
      rateLimit: { max: 25, perMs: 1_000, target: 'a/create' },
      concurrency: { max: 2, target: 'a/create' },
      budget: { max: 3, perMs: 3_600_000, target: 'a/create', key: reference('service') },
    });
  });

  it('come field by field from all layers', () => {
    const { limits } = compiled(
      { rate_limit: { max: 5 }, concurrency: { key: 'deploys' } },
      { defaults: { rate_limit: { max: 9, per: '1m', key: 'mine' }, concurrency: 4 } },
    );

    expect(limits).toEqual({
      rateLimit: { max: 5, perMs: 60_000, target: 'a/create', key: { kind: 'literal', value: 'mine' } },
      concurrency: { max: 4, target: 'a/create', key: { kind: 'literal', value: 'deploys' } },
    });
  });

  it('may be references', () => {
    const { limits } = compiled({ concurrency: '$service', rate_limit: { max: '$service', per: '$service' } });

    expect(limits.concurrency?.max).toEqual(reference('service'));
    expect(limits.rateLimit).toMatchObject({ max: reference('service'), perMs: reference('service') });
  });

  it.each([
    ['rate_limit', { max: 1 }, 'per'],
    ['budget', { per: '1s' }, 'max'],
    ['concurrency', { key: 'x' }, 'max'],
  ])('that no layer completes are refused: %s %o', (policy, said, missing) => {
    const { codes, messages } = compiled({ [policy]: said });

    expect(codes).toEqual(['KEY_MISSING']);
    expect(messages).toContain(`needs the key \`${missing}\``);
  });

  it('hold no budget for reads; one on the step itself is a warning', () => {
    const budget = { max: 1, per: '1h' };

    expect(compiled({ budget }, { effect: 'read' })).toMatchObject({ limits: {}, codes: ['POLICY_WITHOUT_EFFECT'] });
    expect(compiled({}, { effect: 'read', defaults: { budget } })).toMatchObject({ limits: {}, codes: [] });
  });
});

describe('the cost of a call', () => {
  it('is a number, or a value over its `$params` and `$result`', () => {
    expect(compiled({ cost: 0.02 }).limits.cost).toEqual({ kind: 'fixed', amount: 0.02 });
    expect(compiled({ cost: '$result.usage.cost' }).limits.cost).toMatchObject({
      kind: 'computed',
      amount: { kind: 'path', slot: 'result' },
    });
    expect(compiled({ cost: '${{ $result.tokens * $params.price }}' }).limits.cost).toMatchObject({
      kind: 'computed',
      amount: { kind: 'expression', variables: { result: 'result', params: 'params' } },
    });
  });

  it('is refused where it names anything unknown', () => {
    expect(compiled({ cost: '$reslt.cost' }).codes).toEqual(['NAME_UNKNOWN']);
  });
});

function reference(input: string) {
  return { kind: 'path', slot: `input:${input}`, steps: [], list: false, text: `$${input}` };
}

function compiled(
  said: JsonObject,
  { defaults, effect = 'write' }: { readonly defaults?: JsonObject; readonly effect?: EffectClass } = {},
) {
  const findings = new Findings('flow.yaml', '');
  const step = mapOf({ tool: 'a/create', ...said });
  const site: Site = {
    loading: loadingWith(findings, defaults),
    scope: new FileScope(new Map([['service', { scalar: true }]]), new Map()),
    references: new Set(),
    needs: new Set(),
  };
  const target = 'a/create';
  const layers = layersOf(step, site, target);
  const limits = limitsOf({ step, site, layers, kind: 'tool', effect, inHandler: false, target });
  const found = findings.sorted();
  return { limits, codes: found.map(({ code }) => code), messages: found.map(({ message }) => message).join(' ') };
}

function loadingWith(findings: Findings, defaults: JsonObject | undefined): Loading {
  const loading = bareLoading(new Shapes('{}'), findings);
  return { ...loading, name: 'flow', defaults: defaults && mapOf(defaults) };
}
