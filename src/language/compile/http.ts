import { effectByMethod } from '../../model/effects.ts';
import type { JsonObject } from '../../model/json.ts';
import { isJsonObject } from '../../model/json.ts';
import type { Value } from '../../model/values.ts';
import type { HttpAuth, HttpStep } from '../../model/workflow.ts';
import { describe } from '../structure/check-shape.ts';
import type { MapNode, Node } from '../yaml/tree.ts';
import { child, itemsOf, keyPlace, placeOf, plain, textOf } from '../yaml/tree.ts';
import type { Site } from './loading.ts';
import { mappingOf, objectOf, valueOf } from './texts.ts';

type Request = Pick<
  HttpStep,
  'method' | 'url' | 'computedHost' | 'headers' | 'query' | 'body' | 'auth' | 'expect' | 'maxSizeBytes'
>;

const bodyKinds = ['json', 'form', 'text'] as const;
const megabyte = 1024 * 1024;
const sizeUnits: Readonly<Record<string, number>> = { B: 1, KB: 1024, MB: megabyte };

/** The request of an `http` step; undefined when its URL is wrong (and reported). All its texts are checked anyway. */
export function requestOf(node: Node | undefined, site: Site): Request | undefined {
  if (node?.kind !== 'map') return undefined;
  const url = urlOf(node, site);
  const body = bodyOf(node, site);
  const auth = authOf(child(node, 'auth'), site);
  const rest = {
    method: methodOf(node),
    headers: objectOf(child(node, 'headers'), site),
    query: objectOf(child(node, 'query'), site),
    expect: expectationOf(child(node, 'expect')),
    maxSizeBytes: maxSizeOf(child(node, 'max_size'), site),
    ...(body && { body }),
    ...(auth && { auth }),
  };
  return url && { ...rest, ...url };
}

function methodOf(http: Node | undefined): string {
  return textOf(child(http, 'method')) ?? 'GET';
}

export function effectOfRequest(http: Node | undefined): ReturnType<typeof effectByMethod> {
  return effectByMethod(methodOf(http));
}

function urlOf(http: MapNode, site: Site): Pick<Request, 'url' | 'computedHost'> | undefined {
  const node = child(http, 'url');
  const url = node && valueOf(node, site, { uri: true });
  if (node === undefined || url === undefined) return undefined;
  const { findings, facts } = site.loading;
  const fixed = fixedStart(url);
  if (fixed !== undefined && !beginsRight(fixed, url.kind === 'literal')) {
    const message = `\`url\` is ${describe(node)}, but must begin with \`http://\` or \`https://\` and a host.`;
    findings.error('HTTP_URL', placeOf(node), message);
    return undefined;
  }
  const computedHost = !(
    fixed !== undefined &&
    (url.kind === 'literal' || /^https?:\/\/[^/?#\s:]+[/?#:]/i.test(fixed))
  );
  if (computedHost && (facts.allowHosts ?? []).length === 0) {
    const message = 'The host of this URL is computed, but the project allows no computed hosts.';
    const hint = 'Write the host out, or list it under `egress.allow_hosts` in runner.yaml.';
    findings.error('HTTP_HOST_COMPUTED', placeOf(node), message, hint);
    return undefined;
  }
  return { url, computedHost };
}

/** Whole URLs name a host; the fixed start of a computed one may end before it. */
function beginsRight(fixed: string, isWhole: boolean): boolean {
  if (isWhole) return /^https?:\/\/[^/?#\s]+\S*$/i.test(fixed);
  return /^https?:\/\/(?:[^/?#\s]|$)/i.test(fixed);
}

/** The literal text that a URL begins with; undefined when it begins with something computed. */
function fixedStart(url: Value): string | undefined {
  if (url.kind === 'literal') return typeof url.value === 'string' ? url.value : '';
  const first = url.kind === 'template' ? url.parts[0] : undefined;
  return typeof first === 'string' ? first : undefined;
}

function bodyOf(http: MapNode, site: Site): HttpStep['body'] | undefined {
  const kinds = bodyKinds.filter((kind) => http.entries.has(kind));
  const [kind, second] = kinds;
  if (second !== undefined) {
    const message = `A request has one body, but this one has \`${kind}\` and \`${second}\`.`;
    site.loading.findings.error('HTTP_SEVERAL_BODIES', keyPlace(http, second), message, 'Keep one of them.');
  }
  const node = kind && child(http, kind);
  if (kind === undefined || node === undefined) return undefined;
  const value = kind === 'form' ? mappingOf(node, site) : valueOf(node, site);
  return value && { kind, value };
}

function authOf(node: Node | undefined, site: Site): HttpAuth | undefined {
  const bearer = child(node, 'bearer');
  if (bearer !== undefined) {
    const token = valueOf(bearer, site);
    return token && { kind: 'bearer', token };
  }
  const basic = child(node, 'basic');
  const [name, secret] = [child(basic, 'username'), child(basic, 'password')];
  const username = name && valueOf(name, site);
  const password = secret && valueOf(secret, site);
  return username && password && { kind: 'basic', username, password };
}

function expectationOf(node: Node | undefined): HttpStep['expect'] {
  const status = child(node, 'status');
  const schema = schemaOf(child(node, 'schema'));
  const statuses = status?.kind === 'list' ? itemsOf(status) : status ? [status] : [];
  return {
    ...(statuses.length > 0 && {
      status: statuses.flatMap((each) => (each.kind === 'scalar' ? String(each.value) : [])),
    }),
    ...(schema && { schema }),
  };
}

function schemaOf(node: Node | undefined): JsonObject | undefined {
  const schema = node && plain(node);
  return isJsonObject(schema) ? schema : undefined;
}

function maxSizeOf(node: Node | undefined, site: Site): number {
  const [, amount, unit] = /^(\d+)(B|KB|MB)$/.exec(textOf(node) ?? '') ?? [];
  if (amount === undefined || unit === undefined || node === undefined) return 5 * megabyte;
  const bytes = Number(amount) * (sizeUnits[unit] ?? 1);
  if (bytes > 0 && bytes <= 20 * megabyte) return bytes;
  site.loading.findings.error('HTTP_MAX_SIZE', node, `\`max_size\` is ${describe(node)}, but must be from 1B to 20MB.`);
  return 5 * megabyte;
}
