import type { Step } from '../../model/workflow.ts';
import { ListScope } from '../scopes/list-scope.ts';
import { whyReserved } from '../scopes/reserved.ts';
import type { Scope, StepFacts } from '../scopes/scope.ts';
import { checkStep } from '../structure/check-step.ts';
import type { ActionKey } from '../structure/step-kinds.ts';
import type { MapNode, Node } from '../yaml/tree.ts';
import { child, entriesOf, itemsOf, keyPlace, textOf } from '../yaml/tree.ts';
import { compileAction } from './actions.ts';
import { knownResultOf } from './known-result.ts';
import type { Loading, Site } from './loading.ts';
import { checkBudget } from './limits.ts';
import { needsOf, noteNeeds } from './needs.ts';
import { layersOf, policyOf } from './policy-layers.ts';
import type { Layered } from './policy-layers.ts';
import type { CompiledList, CompiledStep, Compilers, ListPlace, StepPlace } from './step-context.ts';
import { isTolerated } from './step-base.ts';
import { targetOf } from './targets.ts';
import { conditionOf } from './texts.ts';
import { undoOf } from './undo.ts';

const compile: Compilers = { list: compileList, step: compileStep };

/** Compiles a list of steps in order, so that each sees the results of those before it. */
export function compileList(
  node: Node | undefined,
  at: ListPlace & { readonly loading: Loading; readonly scope: Scope },
): CompiledList {
  const items = itemsOf(node);
  const scope = new ListScope(at.scope, items.map(idOf), at.outerIsCertain ?? true);
  const steps: Step[] = [];
  for (const [index, item] of items.entries()) {
    const position = index + 1;
    const key = `${at.prefix}${idOf(item) ?? `step_${position}`}`;
    const compiled = compileStep(item, { ...at, key, position, scope });
    if (compiled?.step) steps.push(compiled.step);
    scope.add(compiled?.facts ?? { key, slot: `step:${key}`, optional: false, bearsResult: false });
  }
  return { steps, scope };
}

/** Checks one step in full, and compiles it where it is right. */
export function compileStep(node: Node, place: StepPlace): CompiledStep | undefined {
  const { loading } = place;
  const structure = checkStep(node, loading);
  if (structure === undefined) return undefined;
  const { map, kind } = structure;
  const condition = textOf(child(map, 'if'));
  const site: Site = {
    loading,
    scope: place.scope,
    references: new Set(),
    needs: new Set(),
    ...(condition !== undefined && { condition }),
  };
  const target = targetOf(map, kind, `${loading.name}/${place.key}`);
  const layers = layersOf(map, site, target);
  const facts = factsOf({ map, layers, tool: kind === 'tool' ? target : undefined }, kind, place);
  checkId(map, place);
  if (kind === undefined) return { facts };
  const context = { map, kind, site, place, facts, layers, ...(target !== undefined && { target }), compile };
  checkHappened(map, site);
  checkReturn(map, kind, place);
  const test = conditionOf(child(map, 'if'), site);
  checkBudget(map, loading.findings);
  noteNeeds(context);
  const undo = undoOf(context);
  const step = compileAction(context);
  if (step === undefined) return { kind, facts };
  return { kind, facts, step: { ...step, ...(test && { if: test }), ...needsOf(context), ...undo } };
}

function idOf(node: Node): string | undefined {
  const id = textOf(child(node, 'id'));
  return id !== undefined && /^[a-z_][a-z0-9_]*$/.test(id) ? id : undefined;
}

function factsOf(
  { map, layers, tool }: Layered & { readonly map: MapNode; readonly tool: string | undefined },
  kind: ActionKey | undefined,
  place: StepPlace,
): StepFacts {
  const id = idOf(map);
  const condition = textOf(child(map, 'if'));
  const optional = map.entries.has('if') || (kind !== undefined && isTolerated({ map, layers, kind }));
  // An alternative's result, or the answer of a probe, takes the place of the step's own.
  const isOwn = policyOf({ layers }, 'fallback') === undefined && !map.entries.has('verify');
  const fields = isOwn ? fieldsOf(map, kind) : undefined;
  const result = isOwn && tool !== undefined ? knownResultOf(tool, place.loading.facts) : undefined;
  return {
    key: place.key,
    slot: `step:${place.key}`,
    optional,
    bearsResult: kind !== undefined && !['log', 'return', 'fail'].includes(kind) && !isTimer(map, kind),
    ...(id !== undefined && { id }),
    ...(condition !== undefined && { condition }),
    ...(fields && { fields }),
    ...(result && { result }),
  };
}

function isTimer(map: MapNode, kind: ActionKey): boolean {
  return kind === 'wait' && child(child(map, 'wait'), 'event') === undefined;
}

/** The fields of a step's result, where its kind fixes them. */
function fieldsOf(map: MapNode, kind: ActionKey | undefined): readonly string[] | undefined {
  if (kind === 'http') return ['status', 'headers', 'body'];
  if (kind === 'run') return ['exit_code', 'stdout', 'stderr', 'json'];
  if (kind === 'approval') return ['approved', 'by', 'at', 'form'];
  if (kind === 'state') return child(child(map, 'state'), 'delete') && ['deleted'];
  if (kind === 'race') return ['winner', 'result'];
  if (kind === 'parallel') return entriesOf(child(map, 'parallel')).map(({ name }) => name);
  const values = kind === 'set' ? child(map, 'set') : undefined;
  return values?.kind === 'map' && !values.entries.has('$literal') ? [...values.entries.keys()] : undefined;
}

function checkId(map: MapNode, place: StepPlace): void {
  const id = idOf(map);
  if (id === undefined) return;
  const { findings, survey, usedIds } = place.loading;
  const at = child(map, 'id') ?? keyPlace(map, 'id');
  if (place.position === undefined) {
    const message = `A step in this place has no \`id\` of its own.`;
    return findings.error('ID_NOT_ALLOWED', at, message, 'Delete it: its result is that of the step it belongs to.');
  }
  const first = usedIds.get(id);
  const reserved = whyReserved(id, 'step');
  if (first !== undefined) {
    findings.error(
      'ID_DUPLICATE',
      at,
      `The id \`${id}\` is taken: the step on line ${first} has it.`,
      'Choose another one.',
    );
  } else if (reserved !== undefined) {
    findings.error('ID_RESERVED', at, `A step cannot be called \`${id}\`: ${reserved}.`, 'Choose another id.');
  } else if (survey.inputs.has(id) || place.scope.lookup(id) !== undefined) {
    findings.error(
      'ID_SHADOWS',
      at,
      `The id \`${id}\` is taken by ${survey.inputs.has(id) ? 'an input' : 'an outer name'}.`,
      'Choose another id.',
    );
  }
  usedIds.set(id, findings.lineOf(at.start));
}

function checkHappened(map: MapNode, { loading }: Site): void {
  if (!map.entries.has('happened')) return;
  const message = '`happened` says what the answer of a `verify` means, and stands in it.';
  loading.findings.error('KEY_MISPLACED', keyPlace(map, 'happened'), message);
}

function checkReturn(map: MapNode, kind: ActionKey, place: StepPlace): void {
  if (kind !== 'return' || place.noReturn === undefined) return;
  const message = `\`return\` ends the whole run, so it is not allowed inside \`${place.noReturn}\`.`;
  place.loading.findings.error('RETURN_NOT_ALLOWED', keyPlace(map, 'return'), message);
}
