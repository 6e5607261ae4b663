import type { CallStep } from '../../model/workflow.ts';
import type { BudgetPolicy, ConcurrencyPolicy, CostPolicy, RateLimitPolicy } from '../../model/policies.ts';
import type { Setting } from '../../model/policies.ts';
import type { Value } from '../../model/values.ts';
import { ExtendedScope, named } from '../scopes/extended-scope.ts';
import type { Findings } from '../findings.ts';
import type { MapNode, Node } from '../yaml/tree.ts';
import { child, keyPlace, placeOf, textOf } from '../yaml/tree.ts';
import type { Site } from './loading.ts';
import { policyField, policyLayers, policyOf } from './policy-layers.ts';
import type { PolicySource } from './policy-layers.ts';
import { countOf, durationOf, firstOf, read } from './settings.ts';
import { valueOf } from './texts.ts';

type Limits = Pick<CallStep, 'rateLimit' | 'concurrency' | 'budget' | 'cost'>;

/** What bounds the calls of a step over all runs, and what they cost. */
export function limitsOf(source: PolicySource): Limits {
  const rateLimit = windowOf(source, 'rate_limit');
  const concurrency = concurrencyOf(source);
  const budget = budgetOf(source);
  const cost = costOf(source);
  return {
    ...(rateLimit && { rateLimit }),
    ...(concurrency && { concurrency }),
    ...(budget && { budget }),
    ...(cost && { cost }),
  };
}

/** Reports what a step, `defaults` or one entry of `policies` asks of a budget that is not executed yet. */
export function checkBudget(map: MapNode, findings: Findings): void {
  const then = child(child(map, 'budget'), 'then');
  if (then !== undefined && textOf(then) === 'approve') findings.unsupported(placeOf(then), '`then: approve`');
}

/** `{ max, per, key }`, which must be whole once its layers are merged. */
function windowOf(source: PolicySource, policy: 'rate_limit' | 'budget'): RateLimitPolicy | undefined {
  const max = read(policyField(source, policy, 'max'), countOf);
  const perMs = read(policyField(source, policy, 'per'), durationOf);
  const key = keyOf(source, policy);
  if (policyOf(source, policy) === undefined) return undefined;
  requireFields(source, policy, ['max', 'per']);
  return max === undefined || perMs === undefined ? undefined : { max, perMs, ...key };
}

function concurrencyOf(source: PolicySource): ConcurrencyPolicy | undefined {
  const max = firstOf(policyLayers(source, 'concurrency'), concurrencyMax);
  const key = keyOf(source, 'concurrency');
  if (policyOf(source, 'concurrency') === undefined) return undefined;
  if (policyLayers(source, 'concurrency').every(({ node }) => node.kind === 'map')) {
    requireFields(source, 'concurrency', ['max']);
  }
  return max === undefined ? undefined : { max, ...key };
}

/** `concurrency: 2`, `concurrency: { max: 2 }`. */
function concurrencyMax(layer: Node, site: Site): Setting | undefined {
  return countOf(layer.kind === 'scalar' ? layer : child(layer, 'max'), site);
}

/** Reads have no budget; only one that stands on the step itself is worth a word. */
function budgetOf(source: PolicySource): BudgetPolicy | undefined {
  const { step, site, effect } = source;
  const budget = windowOf(source, 'budget');
  if (effect !== 'read') return budget;
  const own = step.entries.get('budget');
  if (own) {
    const message = '`budget` counts calls that change something, but this call counts as a read.';
    site.loading.findings.warning('POLICY_WITHOUT_EFFECT', own.key, message, 'Delete it, or say `effect: write`.');
  }
  return undefined;
}

function keyOf(source: PolicySource, policy: string): Pick<RateLimitPolicy, 'target' | 'key'> {
  const key = read(policyField(source, policy, 'key'), keyAt);
  return { target: source.target, ...(key && { key }) };
}

/** What a call is counted by may be something that it is called with. */
function keyAt(node: Node, site: Site): Value | undefined {
  return valueOf(node, { ...site, scope: new ExtendedScope(site.scope, { params: named('params') }) });
}

/** Layers of a file may each say a part; those of the project are whole by their schema. */
function requireFields(source: PolicySource, policy: string, fields: readonly string[]): void {
  if (policyLayers(source, policy).some(({ from }) => from === 'project')) return;
  for (const field of fields) {
    if (policyField(source, policy, field) !== undefined) continue;
    const { step, site } = source;
    const at = step.entries.has(policy) ? keyPlace(step, policy) : placeOf(policyOf(source, policy)?.node ?? step);
    const message = `\`${policy}\` needs the key \`${field}\`, and nothing else says it for \`${source.target}\`.`;
    site.loading.findings.error('KEY_MISSING', at, message);
  }
}

/** An expression sees the call's `$params` and its `$result`. */
function costOf(source: PolicySource): CostPolicy | undefined {
  return read(policyOf(source, 'cost'), costAt);
}

function costAt(node: Node, site: Site): CostPolicy | undefined {
  if (node.kind !== 'scalar') return undefined;
  if (typeof node.value === 'number') return { kind: 'fixed', amount: node.value };
  const scope = new ExtendedScope(site.scope, { params: named('params'), result: named('result') });
  const amount = valueOf(node, { ...site, scope });
  return amount && { kind: 'computed', amount };
}
