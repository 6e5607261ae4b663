import type { VerifyPolicy } from '../../model/workflow.ts';
import { isCallStep } from '../../model/workflow.ts';
import { ExtendedScope, named } from '../scopes/extended-scope.ts';
import type { MapNode } from '../yaml/tree.ts';
import { child, placeOf } from '../yaml/tree.ts';
import type { ActionContext } from './step-context.ts';
import { conditionOf } from './texts.ts';

/** `verify` of a step: a read, and optionally a condition over its `$result`. */
export function verifyOf(context: ActionContext): VerifyPolicy | undefined {
  const { map, site, place, compile } = context;
  const node = child(map, 'verify');
  if (node === undefined) return undefined;
  const { position: _, ...outside } = place;
  const at = {
    ...outside,
    key: `${place.key}/verify`,
    inHandler: true,
    noReturn: 'verify',
    standsAlone: true,
  } as const;
  const compiled = compile.step(node.kind === 'map' ? withoutHappened(node) : node, at);
  const scope = new ExtendedScope(site.scope, { result: named('result') });
  const happened = conditionOf(child(node, 'happened'), { ...site, scope });
  for (const reference of compiled?.step?.references ?? []) site.references.add(reference);
  if (compiled === undefined) return undefined;
  const probe = compiled.step;
  if (probe !== undefined && isCallStep(probe) && probe.effect === 'read') {
    return { probe, ...(happened && { happened }) };
  }
  if (probe !== undefined || compiled.kind !== undefined) {
    const message = '`verify` looks whether an effect has happened, so it must be a read.';
    const hint = 'If the call only reads, say so with `effect: read`.';
    site.loading.findings.error('VERIFY_NOT_READ', placeOf(node), message, hint);
  }
  return undefined;
}

/** The probe itself is an ordinary step. */
function withoutHappened(node: MapNode): MapNode {
  return { ...node, entries: new Map([...node.entries].filter(([name]) => name !== 'happened')) };
}
