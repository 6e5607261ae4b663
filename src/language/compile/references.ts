import type { ExpressionValue, PathValue, Slot, Value } from '../../model/values.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { Place } from '../findings.ts';
import { limits } from '../limits.ts';
import type { StepFacts } from '../scopes/scope.ts';
import type { ScalarNode } from '../yaml/tree.ts';
import { sourceOffset } from '../yaml/tree.ts';
import type { Site } from './loading.ts';
import { checkSecret, refuseComputedSecret } from './secrets.ts';

const stepFields = ['status', 'attempts', 'duration_ms', 'cached', 'fallback_used', 'error', 'failures'];

const fieldsOfSlot: Readonly<Record<string, readonly string[]>> = {
  run: ['id', 'workflow', 'started_at', 'attempt', 'commit'],
  last_error: ['step', 'code', 'message', 'attempts'],
  'call:error': ['step', 'code', 'message', 'attempts'],
};

/** Checks what a text refers to: steps that exist and will have run, fields that exist, names that may be read. */
export function checkReferences(value: Value, node: ScalarNode, site: Site): void {
  const text = String(node.value);
  const { findings } = site.loading;
  const before = findings.count();
  for (const part of partsOf(value)) {
    // Each fault is looked up in the text, which would be quadratic for a text that is nothing but faults.
    if (findings.count() - before >= limits.faultsOfOneText) return;
    const at = (needle: string): Place => placeOfText(node, site, text.indexOf(needle), needle.length);
    if (part.kind === 'path') checkPath(part, site, at);
    else for (const slot of Object.values(part.variables)) checkSlot(slot, part.text, site, at);
  }
  for (const slot of new Set(slotsOf(value))) checkStep(slot, node, site);
}

type At = (needle: string) => Place;

function partsOf(value: Value): readonly (PathValue | ExpressionValue)[] {
  if (value.kind === 'path' || value.kind === 'expression') return [value];
  if (value.kind !== 'template') return [];
  return value.parts.filter((part) => typeof part !== 'string');
}

function slotsOf(value: Value): readonly Slot[] {
  return partsOf(value).flatMap((part) => (part.kind === 'path' ? [part.slot] : Object.values(part.variables)));
}

function checkPath(path: PathValue, site: Site, at: At): void {
  const [first, second] = path.steps.map((step) => ('field' in step ? step.field : undefined));
  if (path.slot === 'steps') return checkStepStatus(first, second, site, () => at(path.text));
  if (path.slot === 'env') return checkEnv(first, site, () => at(path.text));
  if (path.slot === 'secrets') return checkSecret(path, site, () => at(path.text));
  const known = site.scope.stepAt(path.slot)?.fields ?? fieldsOf(path.slot);
  if (first === undefined || known === undefined || known.includes(first)) return;
  const message = `\`${path.text}\` has no field \`${first}\`.`;
  site.loading.findings.error('FIELD_UNKNOWN', at(path.text), message, nearest(first, known));
}

function fieldsOf(slot: Slot): readonly string[] | undefined {
  const kind = slot.startsWith('error:') ? 'last_error' : slot;
  return Object.hasOwn(fieldsOfSlot, kind) ? fieldsOfSlot[kind] : undefined;
}

/** Fixed names after `$steps.` and `$env.` inside an expression; computed ones are met when it runs. */
function checkSlot(slot: Slot, text: string, site: Site, at: At): void {
  if (slot === 'secrets') return refuseComputedSecret(text, site, at);
  if (slot !== 'steps' && slot !== 'env') return;
  const pattern = new RegExp(`\\$${slot}\\.([A-Za-z_]\\w*)(?:\\.([A-Za-z_]\\w*))?`, 'g');
  for (const [found, first, second] of text.matchAll(pattern)) {
    if (slot === 'steps') checkStepStatus(first, second, site, () => at(found));
    else checkEnv(first, site, () => at(found));
  }
}

function checkStepStatus(name: string | undefined, field: string | undefined, site: Site, at: () => Place): void {
  if (name === undefined) return;
  const step = site.scope.stepNamed(name);
  const { findings } = site.loading;
  if (step === undefined) {
    const message = `\`$steps.${name}\` names no step that comes before this place.`;
    return findings.error('STEP_UNKNOWN', at(), message, nearest(name, site.scope.stepNames()));
  }
  site.references.add(step.key);
  if (field === undefined || stepFields.includes(field)) return;
  findings.error('FIELD_UNKNOWN', at(), `\`$steps.${name}\` has no field \`${field}\`.`, nearest(field, stepFields));
}

function checkEnv(name: string | undefined, site: Site, at: () => Place): void {
  const allowed = site.loading.facts.envNames ?? [];
  if (name !== undefined && allowed.includes(name)) return;
  const { findings } = site.loading;
  if (name === undefined)
    return findings.error('ENV_NOT_ALLOWED', at(), '`$env` is read name by name, as `$env.NAME`.');
  const near = didYouMean(name, allowed);
  const hint = near === undefined ? `Add \`${name}\` under \`env\` in runner.yaml.` : `Did you mean \`$env.${near}\`?`;
  findings.error('ENV_NOT_ALLOWED', at(), `The project does not let workflows read \`$env.${name}\`.`, hint);
}

/** Notes that a step is named here, and warns when it may not have run. */
function checkStep(slot: Slot, node: ScalarNode, site: Site): void {
  const step = site.scope.stepAt(slot);
  if (step === undefined) return;
  site.references.add(step.key);
  if (site.scope.isCertain(slot) || isGuarded(step, String(node.value), site)) return;
  const name = step.id ?? step.key;
  const message = `The step \`${name}\` may not have run when this is evaluated, and then its result is undefined.`;
  const fallback = step.id === undefined ? 'Give that step an `id`, and use' : 'Use';
  const hint = `${fallback} \`??\` for another value, or test \`$steps.${name}.status\` or \`$exists(…)\` in \`if\`.`;
  site.loading.findings.warning('REFERENCE_UNCERTAIN', node, message, hint);
}

/** True when the text, or the condition of its step, provides for a missing result. */
function isGuarded(step: StepFacts, text: string, site: Site): boolean {
  const names = [step.id, step.key].filter((name) => name !== undefined);
  const tested = (source: string): boolean => names.some((name) => source.includes(`$steps.${name}.`));
  if (/\?\?|\?:|\$exists\s*\(/.test(text) || tested(text)) return true;
  const condition = site.condition;
  if (condition === undefined) return false;
  return (
    condition === step.condition || tested(condition) || names.some((name) => condition.includes(`$exists($${name}`))
  );
}

function placeOfText(node: ScalarNode, site: Site, offset: number, length: number): Place {
  const source = site.loading.findings.text;
  const start = offset < 0 ? undefined : sourceOffset(node, source, offset);
  const end = offset < 0 ? undefined : sourceOffset(node, source, offset + length);
  return start === undefined || end === undefined ? node : { start, end };
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const near = didYouMean(name, known);
  if (near !== undefined) return `Did you mean \`${near}\`?`;
  return known.length > 0 && known.length <= 12
    ? `There are ${known.map((each) => `\`${each}\``).join(', ')}.`
    : undefined;
}
