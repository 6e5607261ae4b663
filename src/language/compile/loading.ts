import type { JsonObject } from '../../model/json.ts';
import type { ToolFacts } from '../../model/tool-effects.ts';
import type { Value } from '../../model/values.ts';
import type { Findings } from '../findings.ts';
import type { Scope } from '../scopes/scope.ts';
import { ShapeChecker } from '../structure/check-shape.ts';
import type { Shapes } from '../structure/shape.ts';
import type { ParamCheck } from './param-checks.ts';
import type { MapNode, Node } from '../yaml/tree.ts';

/** What the project's configuration and its last known catalogue add to a file; every part may be left out. */
export interface ProjectFacts {
  readonly policyDefaults?: {
    readonly retryMax?: number;
    readonly retryDelayMs?: number;
    readonly cacheTtlMs?: number;
  };
  /** What `policies` of `runner.yaml` says, checked when that file was read. */
  readonly policies?: readonly PatternPolicies[];
  /** Names that `$env` may read. */
  readonly envNames?: readonly string[];
  /** Names of the project's secrets; absent: nothing is known. */
  readonly secretNames?: readonly string[];
  /** False: nothing seals the journal; absent: nothing is known. */
  readonly sealsJournal?: boolean;
  readonly allowHosts?: readonly string[];
  /** `server/tool` of the catalogue; absent: nothing is known. */
  readonly knownTools?: readonly string[];
  /** JSON Schemas of results in the catalogue, by `server/tool`. */
  readonly knownOutputs?: Readonly<Record<string, JsonObject>>;
  /** Beside the names of tools, what decides the class of their calls. */
  readonly tools?: ToolFacts;
  /** Names of the project's workflows; absent: nothing is known. */
  readonly knownWorkflows?: readonly string[];
}

/** Policies of the calls whose target a pattern covers, as written: plain data without references. */
export interface PatternPolicies {
  readonly pattern: string;
  readonly policies: JsonObject;
}

/** The same, ready to be read. */
export interface PatternLayer {
  readonly pattern: string;
  readonly map: MapNode;
}

/** What all parts of the loader share while they work on one file. */
export interface Loading {
  readonly findings: Findings;
  readonly checker: ShapeChecker;
  readonly shapes: Shapes;
  readonly facts: ProjectFacts;
  readonly survey: Survey;
  /** The workflow's name, or its file's stem. */
  readonly name: string;
  /** `defaults` of the file, once its shape is checked. */
  readonly defaults: MapNode | undefined;
  /** `policies` of the file likewise, the most specific pattern first. */
  readonly policies: readonly PatternLayer[];
  /** The project's, likewise. */
  readonly projectPolicies: readonly PatternLayer[];
  /** What the calls met so far go to; grows while the steps are compiled. */
  readonly targets: Set<string>;
  /** Line of each id that has been met so far; grows while the steps are compiled. */
  readonly usedIds: Map<string, number>;
  /** Grows likewise. */
  readonly paramChecks: ParamCheck[];
  /** Likewise: what can only be checked beside the workflows that this one starts. */
  readonly childCalls: ChildCall[];
  readonly childCodes: ChildCode[];
}

/** A step that starts another workflow. */
export interface ChildCall {
  readonly workflow: string;
  readonly inputs: Value;
  readonly step: MapNode;
}

/** An entry of `errors` or `retry.on` that only a child can account for. */
export interface ChildCode {
  readonly text: string;
  readonly node: Node;
}

/** What ties a file to the workflows that it starts. */
export interface ChildLinks {
  readonly calls: readonly ChildCall[];
  readonly codes: readonly ChildCode[];
  /** Of the file, for what is found beside the others. */
  readonly findings: Findings;
}

/** What a first walk over the file finds, before any name is resolved. */
export interface Survey {
  /** Line of each step id. */
  readonly idLines: ReadonlyMap<string, number>;
  readonly inputs: ReadonlyMap<string, { readonly scalar: boolean }>;
  /** Names of loop variables and branches are checked against these. */
  readonly secrets: ReadonlySet<string>;
  /** Codes of the file's `fail` steps. */
  readonly failCodes: ReadonlySet<string>;
  /** True when child workflows may bring codes of their own. */
  readonly hasChildren: boolean;
  /** True when an input or a step is sensitive: then nothing of a run is kept in the cache. */
  readonly hasSensitive: boolean;
}

/** One step, or another place that holds texts, while it is compiled. */
export interface Site {
  readonly loading: Loading;
  readonly scope: Scope;
  /** Keys of the steps that this one names; filled while its texts are classified. */
  readonly references: Set<string>;
  /** Keys of the steps that it needs, itself or by a step inside it. */
  readonly needs: Set<string>;
  /** The step's `if`, as written. */
  readonly condition?: string;
  /** `taken` where `$secrets.NAME` may stand, since the text is sent and shown nowhere; absent: refused. */
  readonly secrets?: 'taken' | 'argument';
}

/** A place outside of any step. */
export function siteOf(loading: Loading, scope: Scope): Site {
  return { loading, scope, references: new Set(), needs: new Set() };
}

/** What a file without steps gives the compiler to work with. */
export function bareLoading(shapes: Shapes, findings: Findings): Loading {
  return {
    findings,
    checker: new ShapeChecker(shapes, findings),
    shapes,
    facts: {},
    survey: {
      idLines: new Map(),
      inputs: new Map(),
      secrets: new Set(),
      failCodes: new Set(),
      hasChildren: false,
      hasSensitive: false,
    },
    name: '',
    defaults: undefined,
    policies: [],
    projectPolicies: [],
    targets: new Set(),
    usedIds: new Map(),
    paramChecks: [],
    childCalls: [],
    childCodes: [],
  };
}
