import { didYouMean } from '../did-you-mean.ts';
import { ExtendedScope, named } from '../scopes/extended-scope.ts';
import type { Scope } from '../scopes/scope.ts';
import type { Entry, MapNode, Node } from '../yaml/tree.ts';
import { child, entriesOf, itemsOf, keyPlace, placeOf, textOf } from '../yaml/tree.ts';
import { checkName } from './block-names.ts';
import { faultEntriesOf } from './fault-entries.ts';
import { checkInputs } from './input-specs.ts';
import { countOf, durationOf } from './settings.ts';
import type { ActionContext, CompiledList } from './step-context.ts';
import { conditionOf, valueOf } from './texts.ts';

/** Checks a step of a kind that this version cannot execute, with everything inside it. */
export function checkBlock(context: ActionContext): void {
  const { map, kind, site } = context;
  site.loading.findings.unsupported(keyPlace(map, kind), `\`${kind}\``);
  durationOf(child(map, 'timeout'), site);
  switch (kind) {
    case 'workflow':
      return checkChild(context);
    case 'approval':
      return checkApproval(context);
    case 'parallel':
    case 'race':
      return checkBranches(context);
    case 'for_each':
      return checkForEach(context);
    case 'repeat':
      return checkRepeat(context);
    case 'switch':
      return checkSwitch(context);
    case 'try':
      return checkTry(context);
    case 'tool':
    case 'http':
    case 'run':
    case 'set':
    case 'log':
    case 'wait':
    case 'return':
    case 'fail':
      return undefined;
  }
}

function checkChild({ map, site }: ActionContext): void {
  const inputs = child(map, 'inputs');
  if (inputs !== undefined) valueOf(inputs, site);
  checkWorkflowName(child(map, 'workflow'), site.loading);
}

/** A workflow of the project that is named in a file. */
export function checkWorkflowName(node: Node | undefined, loading: ActionContext['site']['loading']): void {
  const name = textOf(node);
  const known = loading.facts.knownWorkflows;
  if (node === undefined || name === undefined || known === undefined || known.includes(name)) return;
  const near = didYouMean(name, known);
  const hint = near === undefined ? knownWorkflowsHint(known) : `Did you mean \`${near}\`?`;
  loading.findings.error('WORKFLOW_UNKNOWN', placeOf(node), `The project has no workflow \`${name}\`.`, hint);
}

function knownWorkflowsHint(known: readonly string[]): string {
  if (known.length === 0)
    return 'It has none yet: a workflow is a file in one of the folders of `workflows` in runner.yaml.';
  const more = known.length > 16 ? ', …; `runner validate` lists them all' : '';
  return `It has ${known
    .slice(0, 16)
    .map((name) => `\`${name}\``)
    .join(', ')}${more}.`;
}

function checkApproval({ map, site }: ActionContext): void {
  const [question, show] = [child(map, 'approval'), child(map, 'show')];
  if (question !== undefined) valueOf(question, site, { prose: true });
  if (show !== undefined) valueOf(show, site);
  checkInputs(child(map, 'form'), site.loading);
}

function checkBranches(context: ActionContext): void {
  const { map, kind, site } = context;
  for (const entry of entriesOf(child(map, kind))) {
    checkName(entry.key, entry.name, 'branch', site);
    checkBranch(entry, context);
  }
}

function checkBranch({ name, value }: Entry, context: ActionContext): void {
  const { kind, site, place, compile } = context;
  const prefix = `${place.key}.${name}.`;
  const at = { ...place, prefix, noReturn: kind };
  if (kind === 'race' && isListOfSteps(value)) {
    const message = 'A branch of `race` is one step: a read, a wait or an approval.';
    return site.loading.findings.error('RACE_BRANCH', placeOf(value), message);
  }
  if (value.kind === 'list') return void compile.list(value, at);
  if (isListOfSteps(value))
    return checkPart(value, 'branch', { ...context, scope: compile.list(child(value, 'steps'), at).scope });
  const { position: _, ...outside } = place;
  const branch = compile.step(value, { ...outside, key: `${place.key}.${name}`, noReturn: kind });
  const calls = branch?.kind === 'tool' || branch?.kind === 'http' || branch?.kind === 'run';
  const isAllowed = calls ? isRead(branch.step) : branch?.kind === 'wait' || branch?.kind === 'approval';
  if (kind !== 'race' || branch?.kind === undefined || isAllowed) return;
  const message = 'A branch of `race` that loses is cancelled, so it holds only reads, waits and approvals.';
  site.loading.findings.error(
    'RACE_BRANCH',
    placeOf(value),
    message,
    'If the call only reads, say so with `effect: read`.',
  );
}

function isRead(step: object | undefined): boolean {
  return step === undefined || ('effect' in step && step.effect === 'read');
}

function isListOfSteps(node: Node): boolean {
  return (
    node.kind === 'list' ||
    (node.kind === 'map' && node.entries.has('steps') && !node.entries.has('for_each') && !node.entries.has('repeat'))
  );
}

/** A mapping inside a block, such as a case of `switch`, with its own `output`. */
function checkPart(
  node: Node,
  shape: 'branch' | 'case' | 'handler',
  { site, scope }: ActionContext & { readonly scope: Scope },
): void {
  const { checker, shapes } = site.loading;
  checker.check(node, shapes.definition(shape), `a ${shape === 'handler' ? 'handler' : shape}`);
  const output = child(node, 'output');
  if (output !== undefined) valueOf(output, { ...site, scope });
}

function checkForEach(context: ActionContext): void {
  const { map, site, place } = context;
  const items = child(map, 'for_each');
  if (items?.kind === 'list') valueOf(items, site);
  else conditionOf(items, site);
  const as = child(map, 'as');
  const name = textOf(as) ?? 'item';
  checkName(as ?? keyPlace(map, 'for_each'), name, 'loop variable', site);
  countOf(child(map, 'max_parallel'), site);
  const scope = new ExtendedScope(site.scope, { [name]: named('loop'), index: { slot: 'loop', scalar: true } });
  checkBody(context, { ...place, scope, noReturn: 'for_each' });
}

function checkRepeat(context: ActionContext): void {
  const { map, site, place } = context;
  const node = child(map, 'repeat');
  const [again, until] = [child(node, 'while'), child(node, 'until')];
  if (node?.kind === 'map' && (again === undefined) === (until === undefined)) {
    const message = '`repeat` needs either `while` or `until`.';
    site.loading.findings.error('REPEAT_INVALID', placeOf(node), message);
  }
  const names = { previous: named('loop'), index: { slot: 'loop', scalar: true } };
  const scope = new ExtendedScope(site.scope, names);
  conditionOf(again, { ...site, scope });
  durationOf(child(node, 'every'), site);
  countOf(child(node, 'max'), site);
  const body = checkBody(context, { ...place, scope });
  conditionOf(until, { ...site, scope: body.scope }, { until: true });
}

function checkBody(context: ActionContext, at: ActionContext['place']): CompiledList {
  const { map, site, compile } = context;
  const body = compile.list(child(map, 'steps'), { ...at, prefix: `${at.key}[].` });
  const output = child(map, 'output');
  if (output !== undefined) valueOf(output, { ...site, scope: body.scope });
  return body;
}

function checkSwitch(context: ActionContext): void {
  const { map, site, place, compile } = context;
  const cases = itemsOf(child(map, 'switch'));
  for (const [index, node] of cases.entries()) {
    const other = child(node, 'else');
    if (node.kind === 'map') checkCase(node, index === cases.length - 1, site.loading);
    conditionOf(child(node, 'when'), site);
    const list = compile.list(other ?? child(node, 'steps'), { ...place, prefix: `${place.key}[${index}].` });
    checkPart(node, 'case', { ...context, scope: list.scope });
    const output = child(map, 'output');
    if (output !== undefined) valueOf(output, { ...site, scope: list.scope });
  }
}

function checkCase(node: MapNode, isLast: boolean, { findings }: ActionContext['site']['loading']): void {
  const has = (key: string): boolean => node.entries.has(key);
  if (has('else') ? has('when') || has('steps') : !has('when') || !has('steps')) {
    findings.error('SWITCH_CASE', placeOf(node), 'A case of `switch` has `when` and `steps`, or only `else`.');
  } else if (has('else') && !isLast) {
    findings.error('SWITCH_CASE', keyPlace(node, 'else'), '`else` is the last case: those after it can never run.');
  }
}

function checkTry(context: ActionContext): void {
  const { map, site, place, compile } = context;
  const body = compile.list(child(map, 'try'), { ...place, prefix: `${place.key}.try.` });
  const output = child(map, 'output');
  if (output !== undefined) valueOf(output, { ...site, scope: body.scope });
  for (const [index, node] of itemsOf(child(map, 'catch')).entries()) {
    faultEntriesOf(child(node, 'errors'), site);
    const scope = new ExtendedScope(body.scope, { last_error: named('last_error') });
    const at = { ...place, scope, outerIsCertain: false, prefix: `${place.key}.catch[${index}].` };
    checkPart(node, 'handler', { ...context, scope: compile.list(child(node, 'steps'), at).scope });
  }
  const last = { ...place, scope: body.scope, outerIsCertain: false, noReturn: 'finally' };
  compile.list(child(map, 'finally'), { ...last, prefix: `${place.key}.finally.` });
}
