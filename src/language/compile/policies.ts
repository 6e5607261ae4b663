import type { EffectClass } from '../../model/effects.ts';
import type { BreakerPolicy, CachePolicy, CallStep, RetryPolicy, Setting } from '../../model/workflow.ts';
import type { MapNode, Node } from '../yaml/tree.ts';
import { child, keyPlace, textOf } from '../yaml/tree.ts';
import { faultEntriesOf } from './fault-entries.ts';
import type { Site } from './loading.ts';
import { countOf, durationOf, fixedDurationOf } from './settings.ts';
import { valueOf } from './texts.ts';

/** A call step whose policies are merged: step > `defaults` of the file > project > built-in, field by field. */
export interface PolicySource {
  readonly step: MapNode;
  readonly site: Site;
  readonly kind: CallStep['kind'];
  readonly effect: EffectClass;
  /** True in `on_failure` and `finally`, where nothing is cached. */
  readonly inHandler: boolean;
  /** What calls of this step share one circuit by, unless the author says otherwise. */
  readonly target: string;
  /** What the project says of one attempt's time. */
  readonly usualTimeoutMs?: number;
}

const builtInAttemptTimeoutMs = { tool: 30_000, http: 30_000, run: 600_000 } as const;

type CallPolicies = Pick<
  CallStep,
  'attemptTimeoutMs' | 'retry' | 'cache' | 'circuitBreaker' | 'idempotencyKey' | 'onInterrupt'
>;

export function policiesOf(source: PolicySource): CallPolicies {
  const { step, site, kind } = source;
  const attemptTimeoutMs =
    durationOf(inherited(source, 'attempt_timeout'), site) ?? source.usualTimeoutMs ?? builtInAttemptTimeoutMs[kind];
  const cache = cacheOf(source);
  const circuitBreaker = breakerOf(source);
  const keyNode = child(step, 'idempotency_key');
  const idempotencyKey = keyNode && valueOf(keyNode, site);
  return {
    attemptTimeoutMs,
    retry: retryOf(source),
    onInterrupt: onInterruptOf(source),
    ...(cache && { cache }),
    ...(circuitBreaker && { circuitBreaker }),
    ...(idempotencyKey && { idempotencyKey }),
  };
}

/** The step's own value of a policy, else that of `defaults`. */
export function inherited(source: Pick<PolicySource, 'step' | 'site'>, key: string): Node | undefined {
  return child(source.step, key) ?? child(source.site.loading.defaults, key);
}

function onInterruptOf(source: PolicySource): 'retry' | 'fail' | 'ask' {
  const text = textOf(inherited(source, 'on_interrupt'));
  return text === 'retry' || text === 'fail' ? text : 'ask';
}

function retryOf(source: PolicySource): RetryPolicy {
  const { step, site } = source;
  const layers = [child(step, 'retry'), child(site.loading.defaults, 'retry')];
  const field = (key: string): Node | undefined => layers.map((layer) => child(layer, key)).find(Boolean);
  const project = site.loading.facts.policyDefaults;
  const on = faultEntriesOf(field('on'), site);
  const factor = field('factor');
  const ownMax = retryMax(layers[0], site);
  return {
    max: ownMax ?? retryMax(layers[1], site) ?? project?.retryMax ?? 3,
    delayMs: durationOf(field('delay'), site, { zero: true }) ?? project?.retryDelayMs ?? 1_000,
    backoff: oneOf(textOf(field('backoff')), ['exponential', 'linear', 'constant']),
    factor: factor?.kind === 'scalar' && typeof factor.value === 'number' ? factor.value : 2,
    maxDelayMs: durationOf(field('max_delay'), site, { zero: true }) ?? 60_000,
    jitter: oneOf(textOf(field('jitter')), ['none', 'full']),
    ...(on && { on }),
    // `retry: none` says that a repetition is not fine.
    own: layers[0] !== undefined && ownMax !== 0,
  };
}

/** Number of repetitions that one layer asks for: `retry: 3`, `retry: none`, `retry: { max: 3 }`. */
function retryMax(layer: Node | undefined, site: Site): Setting | undefined {
  if (layer?.kind === 'scalar') return layer.value === 'none' ? 0 : countOf(layer, site);
  return countOf(child(layer, 'max'), site);
}

/** The first is the built-in one. */
function oneOf<const T extends string>(text: string | undefined, known: readonly [T, ...T[]]): T {
  return known.find((each) => each === text) ?? known[0];
}

function cacheOf(source: PolicySource): CachePolicy | undefined {
  const { step, site, effect } = source;
  const own = child(step, 'cache');
  const layers = [own, child(site.loading.defaults, 'cache')];
  if (own !== undefined && textOf(own) !== 'none') checkOwnCache(source);
  const field = (key: string): Node | undefined => layers.map((layer) => child(layer, key)).find(Boolean);
  const ttls = layers.map((layer) => cacheTtl(layer, site));
  const key = field('key');
  const keyValue = key && valueOf(key, site);
  const switchedOff = layers.find((layer) => layer !== undefined && layer.kind === 'scalar');
  const isOff = textOf(own) === 'none' || (own === undefined && textOf(switchedOff) === 'none');
  // Only tools are cached unasked: a repeated `http` or `run` that reads is written to look at the world again.
  const isWanted = source.kind === 'tool' || layers.some((layer) => layer !== undefined);
  if (isOff || !isWanted || effect !== 'read' || source.inHandler || child(step, 'until')) return undefined;
  const staleIfErrorMs = durationOf(field('stale_if_error'), site);
  return {
    ttlMs: ttls.find((ttl) => ttl !== undefined) ?? site.loading.facts.policyDefaults?.cacheTtlMs ?? 300_000,
    ...(staleIfErrorMs !== undefined && { staleIfErrorMs }),
    ...(keyValue && { key: keyValue }),
    scope: oneOf(textOf(field('scope')), ['run', 'project']),
  };
}

function cacheTtl(layer: Node | undefined, site: Site): Setting | undefined {
  if (layer?.kind === 'scalar') return layer.value === 'none' ? undefined : durationOf(layer, site);
  return durationOf(child(layer, 'ttl'), site);
}

function checkOwnCache({ step, site, effect, inHandler }: PolicySource): void {
  const { findings } = site.loading;
  const place = keyPlace(step, 'cache');
  if (effect !== 'read') {
    const message = `Only reads are cached, but this call counts as ${effect === 'write' ? 'a write' : 'idempotent, not as a read'}.`;
    findings.error(
      'CACHE_NOT_READ',
      place,
      message,
      'If it only reads, say so with `effect: read`; else delete `cache`.',
    );
  } else if (child(step, 'until')) {
    findings.warning(
      'POLICY_WITHOUT_EFFECT',
      place,
      '`cache` has no effect beside `until`, which must look again.',
      'Delete it.',
    );
  } else if (inHandler) {
    findings.warning(
      'POLICY_WITHOUT_EFFECT',
      place,
      '`cache` has no effect in `on_failure` and `finally`.',
      'Delete it.',
    );
  }
}

function breakerOf(source: PolicySource): BreakerPolicy | undefined {
  const { step, site } = source;
  const layers = [child(step, 'circuit_breaker'), child(site.loading.defaults, 'circuit_breaker')];
  if (layers.every((layer) => layer === undefined)) return undefined;
  const field = (key: string): Node | undefined => layers.map((layer) => child(layer, key)).find(Boolean);
  const failures = field('failures');
  return {
    failures: failures?.kind === 'scalar' && typeof failures.value === 'number' ? failures.value : 5,
    withinMs: fixedDurationOf(field('within'), site) ?? 60_000,
    openForMs: fixedDurationOf(field('open_for'), site) ?? 30_000,
    key: textOf(field('key')) ?? source.target,
  };
}
