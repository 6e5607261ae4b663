import { didYouMean } from '../did-you-mean.ts';
import type { Findings } from '../findings.ts';
import type { MapNode, Node } from '../yaml/tree.ts';
import { keyPlace, placeOf } from '../yaml/tree.ts';
import type { ShapeChecker } from './check-shape.ts';
import type { Shapes } from './shape.ts';
import type { ActionKey } from './step-kinds.ts';
import { actionKeys, holdsCalls, idlePolicies, keyOwners } from './step-kinds.ts';

/** Everything about a step's keys and their types. */
export interface StepStructure {
  readonly map: MapNode;
  /** Undefined when the step carries no action key, or several: then nothing more can be said of it. */
  readonly kind?: ActionKey;
}

interface Tools {
  readonly findings: Findings;
  readonly checker: ShapeChecker;
  readonly shapes: Shapes;
}

/** Checks the keys of one step: its kind first, since only that says what belongs there. */
export function checkStep(node: Node, tools: Tools): StepStructure | undefined {
  const { findings, checker, shapes } = tools;
  if (node.kind !== 'map') {
    if (node.kind === 'scalar' && node.empty) return undefined;
    findings.error('STEP_NOT_A_MAPPING', placeOf(node), 'A step is a mapping, such as `tool: server/name`.');
    return undefined;
  }
  checker.check(node, shapes.definition('step'), 'a step');
  const [kind, second] = actionKeys.filter((key) => node.entries.has(key));
  if (kind === undefined) {
    reportNoAction(node, tools);
    return { map: node };
  }
  if (second !== undefined) {
    const message = `A step does one thing, but this one has \`${kind}\` and \`${second}\`.`;
    findings.error('STEP_SEVERAL_ACTIONS', keyPlace(node, second), message, 'Make it two steps.');
    return { map: node };
  }
  checkOwnedKeys(node, kind, findings);
  checkIdlePolicies(node, kind, findings);
  checkCompanions(node, kind, findings);
  return { map: node, kind };
}

function reportNoAction(node: MapNode, { findings, shapes }: Tools): void {
  // A key that steps have is no typo, however near it is to an action: `retry` is not a misspelt `try`.
  const known = shapes.definition('step').properties ?? {};
  const unknown = [...node.entries.keys()].filter((key) => !Object.hasOwn(known, key));
  if (unknown.some((key) => didYouMean(key, actionKeys) !== undefined)) return;
  const message = 'This step has no action: nothing says what it does.';
  const hint = `Add one of ${actionKeys.map((key) => `\`${key}\``).join(', ')}.`;
  findings.error('STEP_WITHOUT_ACTION', placeOf(node), message, hint);
}

function checkOwnedKeys(node: MapNode, kind: ActionKey, findings: Findings): void {
  for (const { name, key } of node.entries.values()) {
    const owners = Object.hasOwn(keyOwners, name) ? keyOwners[name] : undefined;
    if (owners === undefined || owners.includes(kind)) continue;
    const where = owners.map((owner) => `\`${owner}\``).join(', ');
    const message = `\`${name}\` belongs to ${where} steps, but this step is a \`${kind}\`.`;
    const hint =
      name === 'output' ? `The result of this step is \`$id\` as it is; use a \`set\` step to reshape it.` : undefined;
    findings.error('KEY_MISPLACED', key, message, hint);
  }
}

function checkIdlePolicies(node: MapNode, kind: ActionKey, findings: Findings): void {
  const article = /^[aeiou]/.test(kind) ? 'an' : 'a';
  for (const key of idlePolicies(kind)) {
    const entry = node.entries.get(key);
    if (entry === undefined) continue;
    const message = `\`${key}\` has no effect on ${article} \`${kind}\` step.`;
    const hint = holdsCalls(kind) ? 'Write it on the calls inside.' : 'Delete it.';
    findings.warning('POLICY_WITHOUT_EFFECT', entry.key, message, hint);
  }
}

/** Keys that need another key beside them. */
function checkCompanions(node: MapNode, kind: ActionKey, findings: Findings): void {
  const has = (key: string): boolean => node.entries.has(key);
  const report = (key: string, message: string, hint?: string): void =>
    findings.error('KEY_MISSING', keyPlace(node, key), message, hint);
  if (has('every') && !has('until') && !idlePolicies(kind).includes('every')) {
    findings.error(
      'EVERY_WITHOUT_UNTIL',
      keyPlace(node, 'every'),
      '`every` says how often `until` asks, but there is no `until`.',
    );
  }
  if ((kind === 'for_each' || kind === 'repeat') && !has('steps'))
    report(kind, `\`${kind}\` needs \`steps\`, its body.`);
  if (kind === 'try' && !has('catch') && !has('finally')) report('try', '`try` needs `catch` or `finally`.');
}
