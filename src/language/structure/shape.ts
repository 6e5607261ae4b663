/**
 * The part of JSON Schema that our own schemas use. Keywords bind only values of their type, so that a union such as
 * "a number, `none` or a mapping" needs no `anyOf`, whose messages help nobody.
 */
export interface Shape {
  /** `#/$defs/name`; a whole file within itself (`#`) is checked by whoever puts it together. */
  readonly $ref?: string;
  /** What belongs here, as a noun phrase for messages. */
  readonly title?: string;
  readonly type?: ShapeType | readonly ShapeType[];
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  /** False: a key that must not stand here, though the schema that is referred to has it. */
  readonly properties?: Readonly<Record<string, Shape | false>>;
  readonly propertyNames?: Shape;
  readonly additionalProperties?: false | Shape;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: Shape;
  readonly minItems?: number;
  /** Keys that only make sense beside another key. */
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>>;
  readonly $defs?: Readonly<Record<string, Shape>>;
}

export type ShapeType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'null';

/** A schema, ready for checks: references resolved once, patterns compiled once. */
export class Shapes {
  readonly #root: Shape;
  readonly #resolved = new Map<Shape, Shape>();
  readonly #patterns = new Map<string, RegExp>();

  constructor(text: string) {
    // Written by our own build from our own schema.
    this.#root = JSON.parse(text) as Shape;
  }

  root(): Shape {
    return this.#root;
  }

  definition(name: string): Shape {
    return this.#root.$defs?.[name] ?? {};
  }

  /** The shape with its reference replaced by what it refers to; what stands beside the reference wins. */
  resolve(shape: Shape): Shape {
    if (shape.$ref === undefined) return shape;
    const known = this.#resolved.get(shape);
    if (known !== undefined) return known;
    const { $ref, ...rest } = shape;
    const resolved = { ...this.definition($ref.replace('#/$defs/', '')), ...rest };
    this.#resolved.set(shape, resolved);
    return resolved;
  }

  matches(pattern: string, text: string): boolean {
    let compiled = this.#patterns.get(pattern);
    if (compiled === undefined) {
      compiled = new RegExp(pattern, 'u');
      this.#patterns.set(pattern, compiled);
    }
    return compiled.test(text);
  }
}
