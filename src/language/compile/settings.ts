import { parseDuration } from '../../model/time.ts';
import type { Setting } from '../../model/policies.ts';
import { describe } from '../structure/check-shape.ts';
import type { Node } from '../yaml/tree.ts';
import type { Site } from './loading.ts';
import type { PolicyValue } from './policy-layers.ts';
import { valueOf } from './texts.ts';

const tenYearsMs = 3_652 * 86_400_000;

/** A duration in milliseconds, or a reference to one; undefined when it is missing or wrong (and reported). */
export function durationOf(
  node: Node | undefined,
  site: Site,
  bounds: { readonly zero?: boolean } = {},
): Setting | undefined {
  if (node?.kind !== 'scalar' || typeof node.value !== 'string') return undefined;
  if (isReference(node.value)) return referenceOf(node, site, 'a duration');
  const ms = parseDuration(node.value);
  if (ms === undefined) return undefined;
  if (ms > tenYearsMs || (ms === 0 && bounds.zero !== true)) {
    const message = `The duration ${describe(node)} is ${ms === 0 ? 'zero, so this could never work' : 'longer than ten years'}.`;
    site.loading.findings.error('DURATION_OUT_OF_RANGE', node, message);
    return undefined;
  }
  return ms;
}

/** A duration that may be zero. */
export function waitOf(node: Node | undefined, site: Site): Setting | undefined {
  return durationOf(node, site, { zero: true });
}

/** A number that is written out. */
export function numberOf(node: Node | undefined): number | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'number' ? node.value : undefined;
}

/** A value of a policy, read where its layer stands. */
export function read<T>(value: PolicyValue | undefined, reader: (node: Node, site: Site) => T): T | undefined {
  return value && reader(value.node, value.site);
}

/** What the first layer says that says anything. All of them are read, so that each is checked. */
export function firstOf<T>(
  layers: readonly PolicyValue[],
  reader: (node: Node, site: Site) => T | undefined,
): T | undefined {
  return layers.map(({ node, site }) => reader(node, site)).find((said) => said !== undefined);
}

/** A whole number, or a reference to one; undefined when it is missing or wrong (and reported). */
export function countOf(node: Node | undefined, site: Site): Setting | undefined {
  if (node?.kind !== 'scalar') return undefined;
  if (typeof node.value === 'number') return node.value;
  return typeof node.value === 'string' && isReference(node.value) ? referenceOf(node, site, 'a number') : undefined;
}

/** A duration that must be known when the file is loaded. */
export function fixedDurationOf(node: Node | undefined, site: Site): number | undefined {
  const setting = durationOf(node, site);
  if (setting === undefined || typeof setting === 'number' || node === undefined)
    return typeof setting === 'number' ? setting : undefined;
  const message = `${describe(node)} is a reference, but this duration must be written out.`;
  site.loading.findings.error('SETTING_NOT_FIXED', node, message);
  return undefined;
}

/** Anything else that begins with a `$` does not have the shape of the key, which has been reported. */
function isReference(text: string): boolean {
  return /^\$[A-Za-z_]/.test(text);
}

function referenceOf(node: Node, site: Site, what: string): Setting | undefined {
  const value = valueOf(node, site);
  if (value === undefined || value.kind === 'path') return value;
  const message = `${describe(node)} is not ${what}, nor a reference to one: it must be one name with its path.`;
  site.loading.findings.error('SETTING_NOT_REFERENCE', node, message, 'Compute it in a `set` step and refer to that.');
  return undefined;
}
