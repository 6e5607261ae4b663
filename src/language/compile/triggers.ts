import { ExtendedScope, named } from '../scopes/extended-scope.ts';
import type { Scope } from '../scopes/scope.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { MapNode, Node } from '../yaml/tree.ts';
import { child, entriesOf, itemsOf, keyPlace, placeOf, textOf } from '../yaml/tree.ts';
import { checkWorkflowName } from './child-workflow.ts';
import type { Loading } from './loading.ts';
import { siteOf } from './loading.ts';
import { durationOf } from './settings.ts';
import { conditionOf, valueOf } from './texts.ts';

const kinds = ['schedule', 'webhook', 'event', 'workflow', 'file'] as const;

const owners: Readonly<Record<string, (typeof kinds)[number]>> = {
  timezone: 'schedule',
  overlap: 'schedule',
  catch_up: 'schedule',
  verify: 'webhook',
  public: 'webhook',
  status: 'workflow',
};

/** Checks what starts runs by itself. A run that is started by hand ignores it. */
export function checkTriggers(node: Node | undefined, loading: Loading, outer: Scope): void {
  for (const trigger of itemsOf(node)) {
    if (trigger.kind === 'map') checkTrigger(trigger, loading, outer);
  }
}

function checkTrigger(trigger: MapNode, loading: Loading, outer: Scope): void {
  const { findings } = loading;
  const [kind, second] = kinds.filter((key) => trigger.entries.has(key));
  if (kind === undefined || second !== undefined) {
    const place = second === undefined ? placeOf(trigger) : keyPlace(trigger, second);
    const message = `A trigger has exactly one of ${kinds.map((key) => `\`${key}\``).join(', ')}.`;
    return findings.error('TRIGGER_KIND', place, message);
  }
  for (const { name, key } of trigger.entries.values()) {
    const owner = Object.hasOwn(owners, name) ? owners[name] : undefined;
    if (owner !== undefined && owner !== kind) {
      findings.error(
        'KEY_MISPLACED',
        key,
        `\`${name}\` belongs to \`${owner}\` triggers, but this is a \`${kind}\` trigger.`,
      );
    }
  }
  if (kind === 'webhook') checkVerification(trigger, loading);
  if (kind === 'workflow') checkWorkflowName(child(trigger, 'workflow'), loading);
  checkTexts(trigger, loading, scopeOf(kind, outer));
  checkInputNames(trigger, loading);
}

/** A trigger is asked before there is a run: neither inputs nor steps exist yet. */
function scopeOf(kind: (typeof kinds)[number], outer: Scope): Scope {
  const names = kind === 'webhook' ? { body: named('body'), headers: named('headers') } : { event: named('event') };
  return new ExtendedScope(outer, kind === 'schedule' ? {} : names);
}

function checkVerification(trigger: MapNode, { findings, survey }: Loading): void {
  const [verify, isPublic] = [child(trigger, 'verify'), child(trigger, 'public')];
  if (verify === undefined && !(isPublic?.kind === 'scalar' && isPublic.value === true)) {
    const message = 'Without `verify` anybody could start this workflow.';
    const hint = 'Add `verify: { scheme: standard, secret: NAME }`, or say `public: true` if that is meant.';
    return findings.error('WEBHOOK_UNVERIFIED', keyPlace(trigger, 'webhook'), message, hint);
  }
  const node = child(verify, 'secret');
  const secret = textOf(node);
  if (node === undefined || secret === undefined || survey.secrets.has(secret)) return;
  const near = didYouMean(secret, survey.secrets);
  const hint = near === undefined ? `Add \`${secret}\` under \`secrets\` of this file.` : `Did you mean \`${near}\`?`;
  findings.error('SECRET_NOT_DECLARED', node, `This workflow does not declare the secret \`${secret}\`.`, hint);
}

function checkTexts(trigger: MapNode, loading: Loading, scope: Scope): void {
  const site = siteOf(loading, scope);
  conditionOf(child(trigger, 'if'), site);
  const [inputs, dedupe] = [child(trigger, 'inputs'), child(trigger, 'dedupe')];
  if (inputs !== undefined) valueOf(inputs, site);
  const key = child(dedupe, 'key');
  if (key !== undefined) valueOf(key, site);
  durationOf(child(dedupe, 'for'), site);
}

function checkInputNames(trigger: MapNode, { findings, survey }: Loading): void {
  for (const { name, key } of entriesOf(child(trigger, 'inputs'))) {
    if (survey.inputs.has(name)) continue;
    const near = didYouMean(name, survey.inputs.keys());
    const hint = near === undefined ? undefined : `Did you mean \`${near}\`?`;
    findings.error('INPUT_UNKNOWN', key, `This workflow has no input \`${name}\`.`, hint);
  }
}
