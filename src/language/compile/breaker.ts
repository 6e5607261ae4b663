import type { BreakerPolicy } from '../../model/policies.ts';
import type { Node } from '../yaml/tree.ts';
import { child, keyPlace, textOf } from '../yaml/tree.ts';
import { policyField, policyLayers, policyOf } from './policy-layers.ts';
import type { PolicySource, PolicyValue } from './policy-layers.ts';
import { firstOf, fixedDurationOf, numberOf, read } from './settings.ts';

/** What opens the circuit of a call, merged from its layers; undefined where none says anything. */
export function breakerOf(source: PolicySource): BreakerPolicy | undefined {
  const layers = policyLayers(source, 'circuit_breaker');
  if (policyOf(source, 'circuit_breaker') === undefined) return undefined;
  const field = (key: string): PolicyValue | undefined => policyField(source, 'circuit_breaker', key);
  const share = numberOf(field('rate')?.node);
  for (const layer of layers) checkLayer(layer, share !== undefined);
  // A layer that counts in one way overrules those below it that count in the other.
  const counted = firstOf(layers, countedFailures) ?? (share === undefined ? { failures: 5 } : {});
  return {
    ...counted,
    ...(share !== undefined && { rate: { share, minimum: numberOf(field('minimum')?.node) ?? 10 } }),
    withinMs: read(field('within'), fixedDurationOf) ?? 60_000,
    openForMs: read(field('open_for'), fixedDurationOf) ?? 30_000,
    key: textOf(field('key')?.node) ?? source.target,
  };
}

function countedFailures(layer: Node): Pick<BreakerPolicy, 'consecutive' | 'failures'> | undefined {
  const consecutive = numberOf(child(layer, 'consecutive'));
  if (consecutive !== undefined) return { consecutive };
  const failures = numberOf(child(layer, 'failures'));
  return failures === undefined ? undefined : { failures };
}

function checkLayer({ node, site: { loading } }: PolicyValue, hasRate: boolean): void {
  const { findings } = loading;
  if (node.kind !== 'map') return;
  if (node.entries.has('consecutive') && node.entries.has('failures')) {
    const message =
      '`consecutive` counts failures in a row, `failures` those within a window: a circuit breaker has one.';
    findings.error('KEY_MISPLACED', keyPlace(node, 'failures'), message, 'Delete one of them.');
  } else if (node.entries.has('consecutive') && node.entries.has('within') && !hasRate) {
    const message = '`within` has no effect beside `consecutive`: failures in a row may be any time apart.';
    findings.warning('POLICY_WITHOUT_EFFECT', keyPlace(node, 'within'), message, 'Delete it.');
  }
  if (node.entries.has('minimum') && !hasRate) {
    const message = '`minimum` has no effect without `rate`, and nothing says one.';
    findings.warning('POLICY_WITHOUT_EFFECT', keyPlace(node, 'minimum'), message, 'Add `rate`, or delete it.');
  }
}
