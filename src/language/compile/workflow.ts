import type { Value } from '../../model/values.ts';
import type { Workflow } from '../../model/workflow.ts';
import { irVersion } from '../../model/workflow.ts';
import { beforeRun, FileScope } from '../scopes/file-scope.ts';
import type { Scope } from '../scopes/scope.ts';
import type { MapNode } from '../yaml/tree.ts';
import { child, entriesOf, textOf } from '../yaml/tree.ts';
import { withBindings } from './bind-approvals.ts';
import { finallyOf, onFailureOf } from './handlers.ts';
import { inputSpecsOf } from './input-specs.ts';
import { checkBudget } from './limits.ts';
import type { Loading } from './loading.ts';
import { siteOf } from './loading.ts';
import { checkPatterns } from './policy-layers.ts';
import { secretNamesOf } from './secrets.ts';
import { runSettingsOf } from './run-settings.ts';
import { numberOf } from './settings.ts';
import { compileList } from './steps.ts';
import { valueOf } from './texts.ts';
import { checkTriggers } from './triggers.ts';

/** A workflow without its hash. Only of use when the loader has found nothing that stands against it. */
export function compileWorkflow(root: MapNode, loading: Loading): Omit<Workflow, 'hash'> {
  const scope = new FileScope(loading.survey.inputs, loading.survey.idLines);
  const inputs = inputSpecsOf(child(root, 'inputs'), loading);
  checkTriggers(child(root, 'triggers'), loading, new FileScope(new Map(), new Map(), beforeRun));
  checkPolicies(root, loading);
  const main = compileList(child(root, 'steps'), { loading, scope, prefix: '', inHandler: false });
  const onFailure = onFailureOf(root, loading, main.scope);
  const lastly = finallyOf(root, loading, main.scope);
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
    ...runSettingsOf(root, loading),
    ...(costLimit !== undefined && { costLimit }),
    steps: withBindings(main.steps),
    onFailure: withBindings(onFailure),
    finally: withBindings(lastly),
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

/** What `defaults`, `policies` and the file say that is not executed yet. */
function checkPolicies(root: MapNode, loading: Loading): void {
  const maps = [root, child(root, 'defaults'), ...entriesOf(child(root, 'policies')).map(({ value }) => value)];
  for (const map of maps) if (map?.kind === 'map') checkBudget(map, loading.findings);
}
