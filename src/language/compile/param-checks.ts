import { isJsonObject } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Value } from '../../model/values.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { Findings, Place } from '../findings.ts';
import { createSchemaCheck } from '../schema-check.ts';
import type { MapNode, Node } from '../yaml/tree.ts';
import { child, keyPlace, placeOf } from '../yaml/tree.ts';

/** Parameters of a step, to be held against what its tool takes once the file is compiled. */
export interface ParamCheck {
  /** `server/tool` */
  readonly tool: string;
  readonly schema: JsonObject;
  readonly step: MapNode;
  readonly params: Value;
}

/** Reports parameters that the locked tool does not take. What is computed is left to the run. */
export async function checkParams(checks: readonly ParamCheck[], findings: Findings): Promise<void> {
  const schemaCheck = createSchemaCheck();
  for (const check of checks) {
    const given = givenBy(check.params);
    if (given === undefined) continue;
    const reporter = reporterOf(check, findings);
    reportNames(check, given, reporter);
    for (const [name, value] of given) {
      const schema = schemaOf(check.schema, name);
      if (value === undefined || schema === undefined) continue;
      const violations = await schemaCheck.violations(schema, value);
      for (const { path, message } of violations)
        reporter(nodeAt(check.step, name, path), `${join(name, path)} ${message}`);
    }
  }
}

/** The parameters by name, undefined where a value is computed; undefined where all of them are. */
function givenBy(params: Value): ReadonlyMap<string, Json | undefined> | undefined {
  if (params.kind === 'object') {
    return new Map(params.entries.map(([name, each]) => [name, each.kind === 'literal' ? each.value : undefined]));
  }
  const isMapping = params.kind === 'literal' && isJsonObject(params.value);
  return isMapping ? new Map(Object.entries(params.value)) : undefined;
}

type Reporter = (place: Place, message: string, hint?: string) => void;

function reporterOf({ tool }: ParamCheck, findings: Findings): Reporter {
  return (place, message, hint = `\`runner tools ${tool}\` shows what it takes.`) =>
    findings.error('PARAMS_INVALID', place, `${tool}: ${message}.`, hint);
}

function reportNames({ schema, step }: ParamCheck, given: ReadonlyMap<string, unknown>, report: Reporter): void {
  const known = isJsonObject(schema['properties']) ? Object.keys(schema['properties']) : [];
  const required: readonly Json[] = Array.isArray(schema['required']) ? (schema['required'] as readonly Json[]) : [];
  const place = step.entries.has('params') ? keyPlace(step, 'params') : keyPlace(step, 'tool');
  for (const name of required) {
    if (typeof name === 'string' && !given.has(name)) report(place, `the parameter \`${name}\` is missing`);
  }
  if (schema['additionalProperties'] !== false || schema['patternProperties'] !== undefined) return;
  for (const name of given.keys()) {
    if (known.includes(name)) continue;
    const near = didYouMean(name, known);
    const params = child(step, 'params');
    const at = params?.kind === 'map' ? keyPlace(params, name) : place;
    report(at, `there is no parameter \`${name}\``, near && `Did you mean \`${near}\`?`);
  }
}

/** The schema of one parameter, with the definitions that it may point to. */
function schemaOf(schema: JsonObject, name: string): JsonObject | undefined {
  const { properties, $defs, definitions } = schema;
  const own = isJsonObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (!isJsonObject(own)) return undefined;
  return { ...own, ...($defs !== undefined && { $defs }), ...(definitions !== undefined && { definitions }) };
}

/** The value that a path such as `[2].name` leads to, or the nearest one around it. */
function nodeAt(step: MapNode, name: string, path: string): Place {
  let node: Node | undefined = child(child(step, 'params'), name);
  for (const [, index, key] of path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)) {
    const inner: Node | undefined =
      node?.kind === 'list' && index !== undefined ? node.items[Number(index)] : child(node, key ?? '');
    if (inner === undefined) break;
    node = inner;
  }
  return node === undefined ? keyPlace(step, 'tool') : placeOf(node);
}

function join(name: string, path: string): string {
  if (path === '') return `\`${name}\``;
  return path.startsWith('[') ? `\`${name}${path}\`` : `\`${name}.${path}\``;
}
