import { hash } from 'node:crypto';
import type { Action } from '../../model/actions.ts';
import { canonicalJson, type Json } from '../../model/json.ts';
import { replaceHandles } from '../../model/secrets.ts';

/**
 * The key of one call: the same over its attempts and after a resume, another one for each poll and each alternative,
 * because both are part of `call`.
 * @param call `path` or `path@poll`
 */
export function idempotencyKey(run: string, call: string): string {
  return hash('sha256', `${run}\n${call}`).slice(0, 32);
}

/** What tells one call from another: SHA-256 (hex) over all of it. */
export function actionHash(action: Action): string {
  return hash('sha256', canonicalJson(JSON.parse(JSON.stringify(action)) as Json));
}

/** The id of the run that a `workflow` step starts. @param key of the step */
export function childRunId(run: string, key: string): string {
  return `${run}-${hash('sha256', `${run}\n${key}`).slice(0, 8)}`;
}

export interface CacheKeyParts {
  /** The run's id for results that only this run may see, empty for the project. */
  readonly scope: string;
  /** What the author gave as `cache.key`, in place of the params. */
  readonly own: Json | undefined;
  /** Tells one value of a secret from another: who calls with another secret may see other data. */
  readonly fingerprint: (secret: string) => string;
}

/** The key of a cached result: SHA-256 of server, tool, version and params in canonical JSON. */
export function cacheKey(action: Action, { scope, own, fingerprint }: CacheKeyParts): string {
  const target: Json = action.kind === 'tool' ? [action.server, action.tool, action.version ?? null] : [action.kind];
  const what = own === undefined ? { params: paramsOf(action) } : { key: own, ...secretsOf(action) };
  const text = canonicalJson([scope, target, what]);
  return hash(
    'sha256',
    replaceHandles(text, ({ name }) => `~secret.${name}.${fingerprint(name)}~`),
  );
}

/** The handles of a call count also where the author names the key: they decide what is to be seen. */
function secretsOf(action: Action): { readonly secrets?: readonly string[] } {
  const handles = new Set<string>();
  replaceHandles(JSON.stringify(action), ({ text }) => {
    handles.add(text);
    return text;
  });
  return handles.size === 0 ? {} : { secrets: [...handles].toSorted() };
}

function paramsOf(action: Action): Json {
  if (action.kind === 'tool') return action.params;
  const plain: Json = JSON.parse(JSON.stringify(action));
  return plain;
}
