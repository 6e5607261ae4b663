import type { Value } from '../../model/values.ts';
import type { Workflow } from '../../model/workflow.ts';
import { irVersion } from '../../model/workflow.ts';
import { ExtendedScope, named } from '../scopes/extended-scope.ts';
import { beforeRun, FileScope } from '../scopes/file-scope.ts';
import type { Scope } from '../scopes/scope.ts';
import type { MapNode, Node } from '../yaml/tree.ts';
import { child, entriesOf, itemsOf, keyPlace, textOf } from '../yaml/tree.ts';
import { inputSpecsOf } from './input-specs.ts';
import { checkLimits } from './later-policies.ts';
import type { Loading } from './loading.ts';
import { siteOf } from './loading.ts';
import { checkPatterns } from './policy-layers.ts';
import { secretNamesOf } from './secrets.ts';
import { durationOf, numberOf } from './settings.ts';
import type { CompiledList } from './step-context.ts';
import { compileList } from './steps.ts';
import { valueOf } from './texts.ts';
import { checkTriggers } from './triggers.ts';

/** Keys of a file that this version checks but cannot execute. */
const laterKeys = ['runs', 'timeout'] as const;

/** A workflow without its hash. Only of use when the loader has found nothing that stands against it. */
export function compileWorkflow(root: MapNode, loading: Loading): Omit<Workflow, 'hash'> {
  const scope = new FileScope(loading.survey.inputs, loading.survey.idLines);
  const inputs = inputSpecsOf(child(root, 'inputs'), loading);
  checkTriggers(child(root, 'triggers'), loading, new FileScope(new Map(), new Map(), beforeRun));
  checkLaterKeys(root, loading, scope);
  checkPolicies(root, loading);
  const main = compileList(child(root, 'steps'), { loading, scope, prefix: '', inHandler: false });
  const onFailure = compileOnFailure(root, loading, main);
  const lastly = compileHandler(child(root, 'finally'), 'finally', { loading, scope: main.scope });
  const output = outputOf(root, loading, main.scope);
  checkPatterns(root, loading);
  const failFast = child(root, 'fail_fast');
  const costLimit = numberOf(child(root, 'cost_limit'));
  const secrets = secretNamesOf(root, loading);
  return {
    irVersion,
    name: loading.name,
    file: loading.findings.file,
    ...labelsOf(root),
    inputs,
    ...(secrets.length > 0 && { secrets }),
    failFast: !(failFast?.kind === 'scalar' && failFast.value === false),
    ...(costLimit !== undefined && { costLimit }),
    steps: main.steps,
    onFailure: onFailure.steps,
    finally: lastly.steps,
    ...(output && { output }),
  };
}

function labelsOf(root: MapNode): Pick<Workflow, 'labels' | 'description' | 'version'> {
  const [description, version] = [textOf(child(root, 'description')), textOf(child(root, 'version'))];
  const labels = entriesOf(child(root, 'labels')).map(({ name, value }) => [name, textOf(value) ?? '']);
  return {
    labels: Object.fromEntries(labels),
    ...(description !== undefined && { description }),
    ...(version !== undefined && { version }),
  };
}

function outputOf(root: MapNode, loading: Loading, scope: Scope): Value | undefined {
  const node = child(root, 'output');
  return node && valueOf(node, siteOf(loading, scope));
}

/** `undo` may stand alone or as an item; it is checked, but not executed by this version. */
function compileOnFailure(root: MapNode, loading: Loading, main: CompiledList): CompiledList {
  const node = child(root, 'on_failure');
  const words = node?.kind === 'scalar' ? [node] : itemsOf(node).filter((item) => textOf(item) !== undefined);
  for (const word of words) {
    if (textOf(word) === 'undo') loading.findings.unsupported(word, '`undo` in `on_failure`');
  }
  const steps =
    node?.kind === 'list' ? { ...node, items: node.items.filter((item) => textOf(item) === undefined) } : undefined;
  const scope = new ExtendedScope(main.scope, { last_error: named('last_error') });
  return compileHandler(steps, 'on_failure', { loading, scope });
}

function compileHandler(
  node: Node | undefined,
  name: 'on_failure' | 'finally',
  { loading, scope }: { readonly loading: Loading; readonly scope: Scope },
): CompiledList {
  return compileList(node, {
    loading,
    scope,
    prefix: `${name}/`,
    inHandler: true,
    noReturn: name,
    outerIsCertain: false,
  });
}

function checkLaterKeys(root: MapNode, loading: Loading, scope: Scope): void {
  const { findings } = loading;
  for (const key of laterKeys) {
    if (root.entries.has(key)) findings.unsupported(keyPlace(root, key), `\`${key}\``);
  }
  if (textOf(child(root, 'order')) === 'dependencies')
    findings.unsupported(keyPlace(root, 'order'), '`order: dependencies`');
  const site = siteOf(loading, scope);
  durationOf(child(root, 'timeout'), site);
  const key = child(child(root, 'runs'), 'key');
  if (key !== undefined) valueOf(key, site);
}

/** What `defaults`, `policies` and the file say that is not executed yet. */
function checkPolicies(root: MapNode, loading: Loading): void {
  const maps = [root, child(root, 'defaults'), ...entriesOf(child(root, 'policies')).map(({ value }) => value)];
  for (const map of maps) if (map?.kind === 'map') checkLimits(map, loading.findings);
}
