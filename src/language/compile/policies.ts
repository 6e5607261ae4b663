import type { CallStep } from '../../model/workflow.ts';
import type { CachePolicy, RetryPolicy, Setting } from '../../model/policies.ts';
import type { Node } from '../yaml/tree.ts';
import { child, keyPlace, textOf } from '../yaml/tree.ts';
import { breakerOf } from './breaker.ts';
import { faultEntriesOf } from './fault-entries.ts';
import type { Site } from './loading.ts';
import { limitsOf } from './limits.ts';
import { policyField, policyLayers, policyOf } from './policy-layers.ts';
import type { PolicySource, PolicyValue } from './policy-layers.ts';
import { countOf, durationOf, firstOf, numberOf, read, waitOf } from './settings.ts';
import { valueOf } from './texts.ts';

const builtInAttemptTimeoutMs = { tool: 30_000, http: 30_000, run: 600_000 } as const;

type CallPolicies = Pick<
  CallStep,
  | 'attemptTimeoutMs'
  | 'retry'
  | 'cache'
  | 'circuitBreaker'
  | 'idempotencyKey'
  | 'onInterrupt'
  | 'rateLimit'
  | 'concurrency'
  | 'budget'
  | 'cost'
>;

export function policiesOf(source: PolicySource): CallPolicies {
  const { step, site, kind } = source;
  const attemptTimeoutMs =
    read(policyOf(source, 'attempt_timeout'), durationOf) ?? source.usualTimeoutMs ?? builtInAttemptTimeoutMs[kind];
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
    ...limitsOf(source),
  };
}

function onInterruptOf(source: PolicySource): 'retry' | 'fail' | 'ask' {
  const text = textOf(policyOf(source, 'on_interrupt')?.node);
  return text === 'retry' || text === 'fail' ? text : 'ask';
}

function retryOf(source: PolicySource): RetryPolicy {
  const { step, site } = source;
  const field = (key: string): PolicyValue | undefined => policyField(source, 'retry', key);
  const usual = site.loading.facts.policyDefaults;
  const on = read(field('on'), faultEntriesOf);
  const own = child(step, 'retry');
  checkCap(field('delay'), field('max_delay'));
  const isPaced = field('delay') !== undefined || field('backoff') !== undefined || usual?.retryDelayMs !== undefined;
  return {
    max: firstOf(policyLayers(source, 'retry'), retryMax) ?? usual?.retryMax ?? 3,
    delayMs: read(field('delay'), waitOf) ?? usual?.retryDelayMs ?? 1_000,
    backoff: oneOf(textOf(field('backoff')?.node), ['exponential', 'linear', 'constant']),
    factor: numberOf(field('factor')?.node) ?? 2,
    maxDelayMs: read(field('max_delay'), waitOf) ?? 60_000,
    jitter: oneOf(textOf(field('jitter')?.node), ['none', 'full']),
    ...(isPaced ? {} : { adaptive: true }),
    ...(on && { on }),
    // `retry: none` says that a repetition is not fine.
    own: own !== undefined && retryMax(own, site) !== 0,
  };
}

/** Where one place says both, the cap lies above the wait that it caps. */
function checkCap(delay: PolicyValue | undefined, cap: PolicyValue | undefined): void {
  if (delay === undefined || cap === undefined || delay.from !== cap.from) return;
  const [delayMs, capMs] = [read(delay, waitOf), read(cap, waitOf)];
  if (typeof delayMs !== 'number' || typeof capMs !== 'number' || capMs >= delayMs) return;
  const [wait, most] = [textOf(delay.node) ?? '', textOf(cap.node) ?? ''];
  const message = `\`max_delay\` is ${most}, less than \`delay\`, which is ${wait}: no wait would be as long as that.`;
  const hint = `Write \`max_delay\` of at least ${wait}, or a shorter \`delay\`.`;
  cap.site.loading.findings.error('DURATION_OUT_OF_RANGE', cap.node, message, hint);
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
  if (own !== undefined && textOf(own) !== 'none') checkOwnCache(source);
  const layers = policyLayers(source, 'cache');
  const field = (key: string): PolicyValue | undefined => policyField(source, 'cache', key);
  const ttlMs = firstOf(layers, cacheTtl);
  const key = read(field('key'), valueOf);
  // Only tools are cached unasked: a repeated `http` or `run` that reads is written to look at the world again.
  const isWanted = layers[0] === undefined ? source.kind === 'tool' : textOf(layers[0].node) !== 'none';
  const staleIfErrorMs = read(field('stale_if_error'), durationOf);
  if (!isWanted || effect !== 'read' || source.inHandler || child(step, 'until')) return undefined;
  if (source.looksAgain && own === undefined) return undefined;
  if (site.loading.survey.hasSensitive) return undefined;
  return {
    ttlMs: ttlMs ?? site.loading.facts.policyDefaults?.cacheTtlMs ?? 300_000,
    ...(staleIfErrorMs !== undefined && { staleIfErrorMs }),
    ...(key && { key }),
    scope: oneOf(textOf(field('scope')?.node), ['run', 'project']),
  };
}

function cacheTtl(layer: Node, site: Site): Setting | undefined {
  if (layer.kind === 'scalar') return layer.value === 'none' ? undefined : durationOf(layer, site);
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
  } else if (site.loading.survey.hasSensitive) {
    findings.warning(
      'POLICY_WITHOUT_EFFECT',
      place,
      '`cache` has no effect in a workflow with sensitive inputs or steps, since the cache is not sealed.',
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
