import type { Diagnostic } from '../model/diagnostics.ts';
import { isBlocking } from '../model/diagnostics.ts';
import { canonicalJson } from '../model/json.ts';
import type { Workflow } from '../model/workflow.ts';
import { irVersion } from '../model/workflow.ts';
import type { ChildLinks, Loading, ProjectFacts } from './compile/loading.ts';
import { patternLayersOf, projectLayersOf } from './compile/policy-layers.ts';
import { surveyOf } from './compile/survey.ts';
import { compileWorkflow } from './compile/workflow.ts';
import { prepareExpressions } from './expressions/classify.ts';
import { Findings } from './findings.ts';
import { text as shapeText } from './generated/workflow-shape.js';
import { sha256 } from './sha256.ts';
import { readSource } from './source.ts';
import { ShapeChecker } from './structure/check-shape.ts';
import { Shapes } from './structure/shape.ts';
import { checkWorkflowFileName } from './file-name.ts';
import { readYaml } from './yaml/read-yaml.ts';
import type { MapNode } from './yaml/tree.ts';
import { child } from './yaml/tree.ts';

export type { PatternPolicies, ProjectFacts } from './compile/loading.ts';

export interface LoadedWorkflow {
  /** The workflow's name, as far as it could be read. */
  readonly name?: string;
  /** All findings, by place. */
  readonly diagnostics: readonly Diagnostic[];
  /** What its calls go to, as far as it could be read: see `target-patterns.ts`. */
  readonly targets?: ReadonlySet<string>;
  /** Present when no diagnostic is an error or unsupported. */
  readonly workflow?: Workflow;
  /** Present when it starts other workflows: `linkChildren` checks and embeds them. */
  readonly links?: ChildLinks;
  /** Codes of its `fail` steps. */
  readonly failCodes?: readonly string[];
}

export interface LoadOptions {
  /** As the user named it. */
  readonly file: string;
  readonly facts?: ProjectFacts;
}

/** Reads, checks and compiles a workflow file. Never throws for what is in the file, and finds all faults at once. */
export async function loadWorkflow(bytes: Uint8Array, options: LoadOptions): Promise<LoadedWorkflow> {
  const { file, facts = {} } = options;
  const source = readSource(bytes, file);
  if (source.text === undefined) return { diagnostics: source.diagnostics };
  const findings = new Findings(file, source.text);
  const root = await readYaml(findings);
  if (root?.kind !== 'map') {
    if (root !== undefined) findings.error('FILE_NOT_A_MAPPING', root, 'A workflow is a mapping with `steps`.');
    return { diagnostics: findings.sorted() };
  }
  if (needsExpressions(source.text) || projectNeedsExpressions(facts)) await prepareExpressions();
  return compile(root, findings, options);
}

async function compile(root: MapNode, findings: Findings, { facts = {} }: LoadOptions): Promise<LoadedWorkflow> {
  const shapes = new Shapes(shapeText);
  const checker = new ShapeChecker(shapes, findings);
  checker.check(root, shapes.root(), 'a workflow');
  const name = checkWorkflowFileName(root, findings);
  const defaults = child(root, 'defaults');
  const survey = surveyOf(root, findings);
  const loading: Loading = {
    findings,
    checker,
    shapes,
    facts,
    survey,
    name: name ?? 'workflow',
    defaults: defaults?.kind === 'map' ? defaults : undefined,
    policies: patternLayersOf(child(root, 'policies')),
    projectPolicies: projectLayersOf(facts),
    targets: new Set(),
    usedIds: new Map(),
    paramChecks: [],
    childCalls: [],
    childCodes: [],
  };
  const compiled = compileWorkflow(root, loading);
  if (loading.paramChecks.length > 0) await checkParamsOf(loading);
  const diagnostics = findings.sorted();
  const { childCalls: calls, childCodes: codes } = loading;
  const loaded = {
    diagnostics,
    targets: loading.targets,
    failCodes: [...survey.failCodes],
    ...(name !== undefined && { name }),
    ...(calls.length > 0 && { links: { calls, codes, findings } }),
  };
  if (diagnostics.some(isBlocking)) return loaded;
  const hash = await sha256(`${findings.text}\0${shapedBy(compiled, facts)}`);
  return { ...loaded, workflow: { ...compiled, hash } };
}

async function checkParamsOf({ paramChecks, findings }: Loading): Promise<void> {
  const { checkParams } = await import('./compile/param-checks.ts');
  await checkParams(paramChecks, findings);
}

/** JSONata is dear to load, and most files do without. */
function needsExpressions(text: string): boolean {
  return text.includes('${{') || /\b(?:if|when|until|while|for_each|match|happened)["']?\s*:/.test(text);
}

function projectNeedsExpressions({ policies = [], tools }: ProjectFacts): boolean {
  return needsExpressions(JSON.stringify([policies, (tools?.overlays ?? []).map(({ cost }) => cost ?? null)]));
}

/** Everything besides the file's text that decides what it compiles to. */
function shapedBy(compiled: Omit<Workflow, 'hash'>, facts: ProjectFacts): string {
  const { name, steps, onFailure, finally: last } = compiled;
  const shape = canonicalJson({ irVersion, name, policyDefaults: { ...facts.policyDefaults } });
  // What is known of tools, and the project's policies, matter only as far as the workflow's calls meet them.
  return facts.tools === undefined && facts.policies === undefined
    ? shape
    : `${shape}${JSON.stringify([steps, onFailure, last])}`;
}
