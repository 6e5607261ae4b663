import type { RunsPolicy } from '../../model/policies.ts';
import type { Workflow } from '../../model/workflow.ts';
import { FileScope } from '../scopes/file-scope.ts';
import type { MapNode, Node } from '../yaml/tree.ts';
import { child, textOf } from '../yaml/tree.ts';
import type { Loading, Site } from './loading.ts';
import { siteOf } from './loading.ts';
import { durationOf, numberOf } from './settings.ts';
import { valueOf } from './texts.ts';

/** What a file says of its runs as a whole. They are counted and timed by what is known before they begin. */
export function runSettingsOf(root: MapNode, loading: Loading): Pick<Workflow, 'order' | 'runs' | 'timeoutMs'> {
  const { inputs, idLines } = loading.survey;
  const site = siteOf(loading, new FileScope(inputs, idLines, ['inputs', 'env']));
  const runs = runsOf(child(root, 'runs'), site);
  const timeoutMs = durationOf(child(root, 'timeout'), site);
  return {
    ...orderOf(root),
    ...(runs && { runs }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}

function orderOf(root: MapNode): Pick<Workflow, 'order'> {
  if (textOf(child(root, 'order')) !== 'dependencies') return {};
  return { order: 'dependencies' };
}

function runsOf(node: Node | undefined, site: Site): RunsPolicy | undefined {
  if (node?.kind !== 'map') return undefined;
  const counted = child(node, 'key');
  const key = counted && valueOf(counted, site);
  return { ...(key && { key }), limit: numberOf(child(node, 'limit')) ?? 1, onConflict: onConflictOf(node) };
}

function onConflictOf(node: MapNode): RunsPolicy['onConflict'] {
  const text = textOf(child(node, 'on_conflict'));
  return text === 'reject' || text === 'cancel_running' ? text : 'queue';
}
