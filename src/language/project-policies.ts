import { isJsonObject } from '../model/json.ts';
import { checkBudget } from './compile/limits.ts';
import type { Loading, PatternPolicies, Site } from './compile/loading.ts';
import { bareLoading, siteOf } from './compile/loading.ts';
import { policiesOf } from './compile/policies.ts';
import { projectScope } from './compile/policy-layers.ts';
import { durationOf } from './compile/settings.ts';
import { compileStep } from './compile/steps.ts';
import { callScope } from './compile/call-names.ts';
import { prepareExpressions } from './expressions/classify.ts';
import { Findings } from './findings.ts';
import { text as workflowShapeText } from './generated/workflow-shape.js';
import { ShapeChecker } from './structure/check-shape.ts';
import { Shapes } from './structure/shape.ts';
import type { MapNode, Node } from './yaml/tree.ts';
import { child, entriesOf, mapOf, plain } from './yaml/tree.ts';

/** `policies` of `runner.yaml`, and the costs in its `tools`, each checked as if a call had met it. */
export async function checkProjectPolicies(
  root: MapNode,
  shapes: Shapes,
  findings: Findings,
): Promise<readonly PatternPolicies[]> {
  const [policies, tools] = [entriesOf(child(root, 'policies')), entriesOf(child(root, 'tools'))];
  if (/\$\{\{|\b(?:if|until)["']?\s*:/.test(findings.text)) await prepareExpressions();
  const site = siteOf(bareLoading(shapes, findings), projectScope);
  for (const { name, value } of [...policies, ...tools.map(costOnly)]) checkPolicies(value, name, site);
  const fallbacks = entriesOf(child(root, 'fallbacks'));
  for (const { value } of fallbacks) checkFallback(value, findings);
  const ofPatterns = policies.flatMap(({ name: pattern, value }) => {
    const said = plain(value);
    return isJsonObject(said) ? [{ pattern, policies: said }] : [];
  });
  const standIns = fallbacks.map(({ name: pattern, value }) => ({ pattern, policies: { fallback: plain(value) } }));
  return [...ofPatterns, ...standIns];
}

/** As if it stood on a call, but seeing no more than what all calls have. */
function checkFallback(fallback: Node, findings: Findings): void {
  // Neither a mapping nor a list: its shape has been reported.
  if (fallback.kind === 'scalar') return;
  const loading = bareLoading(new Shapes(workflowShapeText), findings);
  const place = { start: fallback.start, end: fallback.end };
  const call = { ...mapOf({ tool: 'any/tool', fallback: null }), ...place };
  const [tool, entry] = call.entries.values();
  if (tool === undefined || entry === undefined) return;
  const step = {
    ...call,
    entries: new Map([
      ['tool', tool],
      ['fallback', { ...entry, key: { ...entry.key, ...place }, value: fallback }],
    ]),
  };
  compileStep(step, { prefix: '', inHandler: false, key: 'call', loading, scope: callScope(projectScope) });
}

function costOnly({ name, value }: { readonly name: string; readonly value: Node }) {
  if (value.kind !== 'map') return { name, value };
  return { name, value: { ...value, entries: new Map([...value.entries].filter(([key]) => key === 'cost')) } };
}

function checkPolicies(map: Node, target: string, site: Site): void {
  if (map.kind !== 'map' || !hasRightShape(map, site.loading)) return;
  const layers = [{ from: 'project', map, site }] as const;
  policiesOf({ step: mapOf({}), site, layers, kind: 'tool', effect: 'write', inHandler: false, target });
  for (const key of ['timeout', 'every']) durationOf(child(map, key), site);
  checkBudget(map, site.loading.findings);
}

/** Where the shape is wrong, that has been reported, and says it all. */
function hasRightShape(map: MapNode, { findings, shapes }: Loading): boolean {
  const unheard = new Findings(findings.file, findings.text);
  return new ShapeChecker(shapes, unheard).check(map, shapes.definition('policies'), 'policies');
}
