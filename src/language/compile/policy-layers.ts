import type { EffectClass } from '../../model/effects.ts';
import { bySpecificity, covers } from '../../model/target-patterns.ts';
import type { CallStep } from '../../model/workflow.ts';
import { didYouMean } from '../did-you-mean.ts';
import { Findings } from '../findings.ts';
import { FileScope } from '../scopes/file-scope.ts';
import type { Entry, MapNode, Node } from '../yaml/tree.ts';
import { child, entriesOf, keyPlace, mapOf } from '../yaml/tree.ts';
import type { Loading, PatternLayer, ProjectFacts, Site } from './loading.ts';

/** One of the places that say something about the policies of a step. */
export interface PolicyLayer {
  readonly from: 'step' | 'workflow' | 'project';
  readonly map: MapNode;
  /** Where the names in its values are looked up. */
  readonly site: Site;
}

/** What one layer says of a policy. */
export interface PolicyValue {
  readonly from: PolicyLayer['from'];
  readonly node: Node;
  readonly site: Site;
}

/** A step with all that is said about its policies: the first layer that has a value wins. */
export interface Layered {
  readonly layers: readonly PolicyLayer[];
}

/** A call step whose policies are merged, field by field. */
export interface PolicySource extends Layered {
  readonly step: MapNode;
  readonly site: Site;
  readonly kind: CallStep['kind'];
  readonly effect: EffectClass;
  /** True in `on_failure` and `finally`, where nothing is cached. */
  readonly inHandler: boolean;
  /** True inside `repeat`, where only what the step itself says about the cache counts. */
  readonly looksAgain?: true;
  /** What calls share circuits and limits by, unless the author says otherwise. */
  readonly target: string;
  /** What `tools` of the project says of one attempt's time. */
  readonly usualTimeoutMs?: number;
}

/**
 * step > `policies` of the file, the most specific pattern first > `defaults` of the file > `policies` of the project,
 * likewise. Patterns cover calls only.
 */
export function layersOf(step: MapNode, site: Site, target: string | undefined): readonly PolicyLayer[] {
  const { loading } = site;
  const { policies, defaults, projectPolicies } = loading;
  if (target !== undefined) loading.targets.add(target);
  const covering = (layers: readonly PatternLayer[]): readonly MapNode[] =>
    target === undefined ? [] : layers.filter(({ pattern }) => covers(pattern, target)).map(({ map }) => map);
  const ofFile = [...covering(policies), ...(defaults ? [defaults] : [])];
  const ofProject = covering(projectPolicies);
  const inProject: Site = ofProject.length === 0 ? site : siteInProject(site);
  return [
    { from: 'step', map: step, site },
    ...ofFile.map((map) => ({ from: 'workflow', map, site }) as const),
    ...ofProject.map((map) => ({ from: 'project', map, site: inProject }) as const),
  ];
}

/** All that could be found there was found when runner.yaml was read, where it stands. */
function siteInProject(site: Site): Site {
  const loading = { ...site.loading, findings: new Findings('runner.yaml', ''), paramChecks: [] };
  return { ...site, loading, scope: projectScope };
}

/** Values of the project's configuration name nothing of a run. */
export const projectScope = new FileScope(new Map(), new Map(), []);

/** All that is said of a policy, the strongest first. */
export function policyLayers({ layers }: Layered, key: string): readonly PolicyValue[] {
  const values: PolicyValue[] = [];
  for (const { from, map, site } of layers) {
    const node = child(map, key);
    if (node !== undefined) values.push({ from, node, site });
  }
  return values;
}

/** The value of a policy that is not merged, such as `timeout`. */
export function policyOf(source: Layered, key: string): PolicyValue | undefined {
  return policyLayers(source, key)[0];
}

/** One field of a policy that is merged field by field. */
export function policyField(source: Layered, key: string, field: string): PolicyValue | undefined {
  // Asked some thirty times for each step, and hardly ever answered.
  for (const { from, map, site } of source.layers) {
    const policy = child(map, key);
    const node = policy && child(policy, field);
    if (node !== undefined) return { from, node, site };
  }
  return undefined;
}

/** `policies` of a file, the most specific pattern first. */
export function patternLayersOf(node: Node | undefined): readonly PatternLayer[] {
  const layers = entriesOf(node).flatMap(({ name: pattern, value }: Entry) =>
    value.kind === 'map' ? [{ pattern, map: value }] : [],
  );
  return bySpecificity(layers);
}

/** `policies` of the project, then what its `tools` say of costs. */
export function projectLayersOf({ policies = [], tools }: ProjectFacts): readonly PatternLayer[] {
  const costs = (tools?.overlays ?? []).flatMap(({ pattern, cost }) =>
    cost === undefined ? [] : [{ pattern, map: mapOf({ cost }) }],
  );
  const layers = policies.map(({ pattern, policies: said }) => ({ pattern, map: mapOf(said) }));
  return [...bySpecificity(layers), ...bySpecificity(costs)];
}

/** Warns of patterns in `policies` of a file that cover none of its calls; all of them have been compiled. */
export function checkPatterns(root: MapNode, { findings, targets }: Loading): void {
  const node = child(root, 'policies');
  if (node?.kind !== 'map') return;
  for (const { name: pattern } of node.entries.values()) {
    if ([...targets].some((target) => covers(pattern, target))) continue;
    const near = nearestPattern(pattern, targets);
    const message = `No call of this file is covered by \`${pattern}\`, so its policies have no effect.`;
    const hint = near === undefined ? 'Delete it, or correct the pattern.' : `Did you mean \`${near}\`?`;
    findings.warning('PATTERN_COVERS_NOTHING', keyPlace(node, pattern), message, hint);
  }
}

/** A target, or the pattern with another server in front, where that covers something. */
export function nearestPattern(pattern: string, targets: ReadonlySet<string>): string | undefined {
  const [, ...rest] = pattern.split('/');
  const servers = new Set([...targets].map((target) => target.split('/')[0] ?? ''));
  const candidates = [...targets, ...[...servers].map((server) => [server, ...rest].join('/'))];
  return didYouMean(
    pattern,
    candidates.filter((candidate) => [...targets].some((target) => covers(candidate, target))),
  );
}
