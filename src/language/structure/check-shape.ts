import { didYouMean } from '../did-you-mean.ts';
import type { Findings } from '../findings.ts';
import type { MapNode, Node, ScalarNode } from '../yaml/tree.ts';
import { placeOf } from '../yaml/tree.ts';
import { quoted } from '../yaml/quoting.ts';
import type { Shape, Shapes, ShapeType } from './shape.ts';

/** Checks nodes against shapes and reports each fault where it stands. */
export class ShapeChecker {
  readonly #shapes: Shapes;
  readonly #findings: Findings;

  constructor(shapes: Shapes, findings: Findings) {
    this.#shapes = shapes;
    this.#findings = findings;
  }

  /**
   * @param name how messages call the value: the key that it stands under
   * @returns whether it conforms, with everything below it
   */
  check(node: Node, shape: Shape, name: string): boolean {
    const resolved = this.#shapes.resolve(shape);
    if (node.kind === 'scalar' && node.isOpen) return true;
    if (!this.#hasRightType(node, resolved, name)) return false;
    switch (node.kind) {
      case 'scalar':
        return this.#checkScalar(node, resolved, name);
      case 'list':
        return this.#checkList(node.items, node, { shape: resolved, name });
      case 'map':
        return this.#checkMap(node, resolved, name);
    }
  }

  #hasRightType(node: Node, shape: Shape, name: string): boolean {
    if (shape.type === undefined) return true;
    const allowed = Array.isArray(shape.type) ? (shape.type as readonly ShapeType[]) : [shape.type as ShapeType];
    const type = typeOf(node);
    if (allowed.includes(type) || (type === 'integer' && allowed.includes('number'))) return true;
    // Reported where the YAML was read.
    if (node.kind === 'scalar' && node.empty) return false;
    if (isBareDuration(node, shape)) {
      const message = `\`${name}\` is ${describe(node)}, but a duration has a unit.`;
      this.#findings.error(
        'DURATION_WITHOUT_UNIT',
        placeOf(node),
        message,
        `Write \`${String(node.value)}s\` for seconds.`,
      );
      return false;
    }
    const message = `\`${name}\` is ${describe(node)}, but must be ${nounOf(shape, allowed)}.`;
    this.#findings.error('VALUE_TYPE', placeOf(node), message, this.#typeHint(node, shape, allowed));
    return false;
  }

  #typeHint(node: Node, shape: Shape, allowed: readonly ShapeType[]): string | undefined {
    if (!allowed.includes('string')) return undefined;
    if (node.kind === 'list') return this.#oneTextHint(node.items, shape);
    if (node.kind !== 'scalar' || node.value === null) return undefined;
    const written = this.#findings.text.slice(node.start, node.end);
    return this.#textConforms(written, shape) ? `If it is text, quote it: ${quoted(written)}` : undefined;
  }

  /** Other tools take a command as a list of words. */
  #oneTextHint(items: readonly Node[], shape: Shape): string | undefined {
    const words = items.map((item) => (item.kind === 'scalar' ? String(item.value) : ''));
    const text = words.join(' ');
    const isPlain = words.every((word) => /^[\w./:@=-]+$/.test(word));
    if (isPlain && this.#textConforms(text, shape)) return `Write it as one text: \`${text}\`.`;
    return shape.pattern === undefined && shape.enum === undefined ? 'Write it as one text.' : undefined;
  }

  #checkScalar(node: ScalarNode, shape: Shape, name: string): boolean {
    const { value } = node;
    const conforms = typeof value === 'string' ? this.#textConforms(value, shape) : numberConforms(value, shape);
    if (conforms) return true;
    if (value === '') {
      this.#findings.error('VALUE_INVALID', node, `\`${name}\` is empty, but must be ${nounOf(shape)}.`);
      return false;
    }
    const message = `\`${name}\` is ${describe(node)}, but must be ${nounOf(shape)}.`;
    this.#findings.error('VALUE_INVALID', node, message, invalidHint(value, shape));
    return false;
  }

  #textConforms(text: string, shape: Shape): boolean {
    if (shape.enum !== undefined && !shape.enum.includes(text)) return false;
    if (shape.minLength !== undefined && text.length < shape.minLength) return false;
    return shape.pattern === undefined || this.#shapes.matches(shape.pattern, text);
  }

  #checkList(items: readonly Node[], node: Node, at: { readonly shape: Shape; readonly name: string }): boolean {
    const { shape, name } = at;
    if (shape.minItems !== undefined && items.length < shape.minItems) {
      this.#findings.error('VALUE_INVALID', placeOf(node), `\`${name}\` is empty, but must be ${nounOf(shape)}.`);
      return false;
    }
    const itemShape = shape.items;
    if (itemShape === undefined) return true;
    return items.map((item, index) => this.check(item, itemShape, `${name}[${index}]`)).every(Boolean);
  }

  #checkMap(node: MapNode, shape: Shape, name: string): boolean {
    let conforms = this.#hasRightSize(node, shape, name);
    for (const { key, name: key_, value } of node.entries.values()) {
      if (shape.propertyNames && !this.#nameConforms(key, shape.propertyNames, name)) conforms = false;
      const inner = ownProperty(shape.properties, key_) ?? shape.additionalProperties;
      if (inner === false) conforms = this.#reportUnknownKey(key, shape, name);
      else if (inner !== undefined && !this.check(value, inner, pathOf(name, key_))) conforms = false;
    }
    return conforms;
  }

  #hasRightSize(node: MapNode, shape: Shape, name: string): boolean {
    const missing = (shape.required ?? []).filter((key) => !node.entries.has(key));
    for (const key of missing) {
      const message = `${subject(name)} needs the key \`${key}\`.`;
      this.#findings.error('KEY_MISSING', placeOf(node), message, this.#expectation(shape, key));
    }
    const size = node.entries.size;
    const fits = size >= (shape.minProperties ?? 0) && size <= (shape.maxProperties ?? Number.POSITIVE_INFINITY);
    if (!fits) {
      const message = `${subject(name)} has ${size} keys, but must be ${nounOf(shape)}.`;
      this.#findings.error('VALUE_INVALID', placeOf(node), message);
    }
    return fits && missing.length === 0;
  }

  #expectation(shape: Shape, key: string): string | undefined {
    const inner = ownProperty(shape.properties, key);
    return inner ? `\`${key}\` is ${nounOf(this.#shapes.resolve(inner))}.` : undefined;
  }

  #nameConforms(key: ScalarNode, shape: Shape, name: string): boolean {
    if (this.#textConforms(String(key.value), this.#shapes.resolve(shape))) return true;
    const message = `\`${String(key.value)}\` cannot be a key of \`${name}\`: it must be ${nounOf(shape)}.`;
    this.#findings.error('NAME_INVALID', key, message);
    return false;
  }

  #reportUnknownKey(key: ScalarNode, shape: Shape, name: string): false {
    if (ownProperty(shape.properties, String(key.value)) === false) {
      this.#findings.error('KEY_UNKNOWN', key, `\`${String(key.value)}\` may not stand in ${inSubject(name)}.`);
      return false;
    }
    const known = Object.keys(shape.properties ?? {}).filter((name_) => shape.properties?.[name_] !== false);
    const near = didYouMean(String(key.value), known);
    const message = `${subject(name)} has no key \`${String(key.value)}\`.`;
    const hint = near === undefined ? knownKeys(known) : `Did you mean \`${near}\`?`;
    this.#findings.error('KEY_UNKNOWN', key, message, hint);
    return false;
  }
}

/** A value as messages show it: `"10"`, `10`, `a list`, `a mapping`, `null`. */
export function describe(node: Node): string {
  if (node.kind !== 'scalar') return node.kind === 'list' ? 'a list' : 'a mapping';
  const text = JSON.stringify(node.shown ?? node.value);
  return text.length > 60 ? `${text.slice(0, 57)}…"` : text;
}

function typeOf(node: Node): ShapeType {
  if (node.kind !== 'scalar') return node.kind === 'list' ? 'array' : 'object';
  if (node.value === null) return 'null';
  if (typeof node.value === 'number') return Number.isInteger(node.value) ? 'integer' : 'number';
  return typeof node.value === 'string' ? 'string' : 'boolean';
}

function isBareDuration(node: Node, shape: Shape): node is ScalarNode {
  return node.kind === 'scalar' && typeof node.value === 'number' && (shape.title ?? '').startsWith('a duration');
}

function numberConforms(value: ScalarNode['value'], shape: Shape): boolean {
  if (typeof value !== 'number') return true;
  if (value < (shape.minimum ?? Number.NEGATIVE_INFINITY)) return false;
  if (value > (shape.maximum ?? Number.POSITIVE_INFINITY)) return false;
  return shape.exclusiveMinimum === undefined || value > shape.exclusiveMinimum;
}

function invalidHint(value: ScalarNode['value'], shape: Shape): string | undefined {
  if (typeof value !== 'string') return undefined;
  const near = shape.enum && didYouMean(value, shape.enum);
  if (near !== undefined) return `Did you mean \`${near}\`?`;
  const isComputed = value.startsWith('${') && shape.pattern?.includes(referencePattern) === true;
  return isComputed ? 'Compute it in a `set` step and refer to that, such as `$computed.value`.' : undefined;
}

/** Part of each pattern that takes a reference in the place of a value. */
const referencePattern = '\\$[A-Za-z_]';

function nounOf(shape: Shape, types: readonly ShapeType[] = []): string {
  return shape.title ?? (types.length > 0 ? types.join(' or ') : 'something else');
}

function ownProperty(properties: Shape['properties'], name: string): Shape | false | undefined {
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** `retry.max` under `retry`; the names of whole files and steps stay out of paths. */
function pathOf(parent: string, key: string): string {
  return parent.startsWith('a ') || parent.startsWith('the ') ? key : `${parent}.${key}`;
}

function subject(name: string): string {
  const isNoun = name.startsWith('a ') || name.startsWith('the ');
  return isNoun ? `${(name[0] ?? '').toUpperCase()}${name.slice(1)}` : `\`${name}\``;
}

function inSubject(name: string): string {
  return name.startsWith('a ') || name.startsWith('the ') ? name : `\`${name}\``;
}

function knownKeys(known: readonly string[]): string {
  if (known.length === 0) return 'It takes no keys.';
  if (known.length <= 20) return `Its keys are ${known.map((key) => `\`${key}\``).join(', ')}.`;
  return `docs/language.md explains all its ${known.length} keys; an editor with the JSON Schema in schemas/ offers them.`;
}
