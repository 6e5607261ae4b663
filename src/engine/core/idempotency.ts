import { hash } from 'node:crypto';
import type { Action } from '../../model/actions.ts';
import { canonicalJson, type Json } from '../../model/json.ts';

/**
 * The key of one call: the same over its attempts and after a resume, another one for each poll and each alternative,
 * because both are part of `call`.
 * @param call `path` or `path@poll`
 */
export function idempotencyKey(run: string, call: string): string {
  return hash('sha256', `${run}\n${call}`).slice(0, 32);
}

/**
 * The key of a cached result: SHA-256 of server, tool, version and params in canonical JSON.
 * @param scope the run's id for results that only this run may see, empty for the project
 * @param own what the author gave as `cache.key`, in place of the params
 */
export function cacheKey(action: Action, scope: string, own: Json | undefined): string {
  const target: Json = action.kind === 'tool' ? [action.server, action.tool, action.version ?? null] : [action.kind];
  const what = own === undefined ? { params: paramsOf(action) } : { key: own };
  return hash('sha256', canonicalJson([scope, target, what]));
}

function paramsOf(action: Action): Json {
  if (action.kind === 'tool') return action.params;
  const plain: Json = JSON.parse(JSON.stringify(action));
  return plain;
}
