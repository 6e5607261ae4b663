import jsonata from 'jsonata';
import { distinct, mergeSorted, shuffled, sorted, uuidFrom } from './lists-and-ids.ts';
import { EvaluationError } from './scope.ts';
import type { EvaluationScope } from './scope.ts';

/** Name under which an evaluation is bound; the blank keeps expressions from naming it. */
export const evaluationBinding = ' evaluation';

/** What belongs to one evaluation, so that concurrent ones share nothing. */
export interface Evaluation {
  readonly scope: EvaluationScope;
  /** By the process's clock: when built-in functions stop working. */
  readonly deadline: number;
}

type Implementation = (this: jsonata.Focus, ...args: never[]) => unknown;
type Native = (this: jsonata.Focus, ...args: unknown[]) => unknown;

interface Definition {
  readonly implementation: Native;
}

const maxPadWidth = 100_000;
const maxPictureLength = 200;
const maxTimestampLength = 64;

let loadedNatives: Promise<jsonata.Environment> | undefined;

/**
 * Binds our own form of the built-in functions that an expression names: those that depend on the outside world read
 * it from the evaluation's scope, and all are bounded, since JSONata's own guards do not reach into them.
 */
export async function bindBuiltins(expression: jsonata.Expression, names: readonly string[]): Promise<void> {
  expression.assign('eval', undefined);
  if (names.includes('uuid')) expression.registerFunction('uuid', uuid, '<:s>');
  const natives = await (loadedNatives ??= loadNatives());
  for (const name of names) {
    const definition = natives.lookup(name) as Definition | undefined;
    if (name === 'eval' || definition === undefined) continue;
    const own = replacements.get(name)?.(definition.implementation) ?? definition.implementation;
    expression.assign(name, { ...definition, implementation: metered(own as Native, definition.implementation) });
  }
}

/** JSONata reads a function's parameters from its length and text, so the wrapper shows those of the native. */
function metered(own: Native, native: Native): Native {
  function wrapper(this: jsonata.Focus, ...args: unknown[]): unknown {
    // JSONata looks at its clock between nodes only: `$reduce($list, $append)` never comes to one.
    if (Date.now() > evaluationOf(this).deadline) throw new EvaluationError('limit', 'it took longer than 250 ms');
    return own.apply(this, args);
  }
  const shownText = native.toString();
  return Object.defineProperties(wrapper, { length: { value: native.length }, toString: { value: () => shownText } });
}

const replacements: ReadonlyMap<string, (native: Native) => Implementation> = new Map([
  ['now', () => now],
  ['millis', () => millis],
  ['random', () => random],
  ['shuffle', () => shuffle],
  ['distinct', () => distinct],
  ['sort', boundedSort],
  ['pad', boundedPad],
  ['toMillis', boundedToMillis],
  ['fromMillis', boundedFromMillis],
]);

function now(this: jsonata.Focus, picture?: string, timezone?: string): unknown {
  const fromMillis = this.environment.lookup('fromMillis') as Definition;
  return fromMillis.implementation.call(this, evaluationOf(this).scope.now, checkedPicture(picture), timezone);
}

function millis(this: jsonata.Focus): number {
  return evaluationOf(this).scope.now;
}

function random(this: jsonata.Focus): number {
  return evaluationOf(this).scope.random();
}

function uuid(this: jsonata.Focus): string {
  const { scope } = evaluationOf(this);
  return uuidFrom(() => scope.random());
}

function shuffle(this: jsonata.Focus, list?: readonly unknown[]): readonly unknown[] | undefined {
  const { scope } = evaluationOf(this);
  return list === undefined ? undefined : shuffled(list, () => scope.random());
}

/** The native sort takes time and memory quadratic to the list. */
function boundedSort(native: Native): Implementation {
  return function sort(this: jsonata.Focus, list?: readonly unknown[], comparator?: Comparator): unknown {
    if (list === undefined) return undefined;
    if (comparator === undefined) return sorted(list) ?? native.call(this, list);
    return mergeSorted(list, async (left, right) => (await comparator.apply(this, [left, right])) === true);
  };
}

/** A function of JavaScript or a lambda of JSONata: both have this method. */
interface Comparator {
  apply(self: jsonata.Focus, pair: readonly [unknown, unknown]): unknown;
}

function boundedPad(native: Native): Implementation {
  return function pad(this: jsonata.Focus, text: string | undefined, width: number, character?: string): unknown {
    if (Math.abs(width) <= maxPadWidth) return native.call(this, text, width, character);
    throw new EvaluationError('limit', `$pad is limited to ${maxPadWidth} characters`);
  };
}

function boundedToMillis(native: Native): Implementation {
  return function toMillis(this: jsonata.Focus, timestamp?: string, picture?: string): unknown {
    if ((timestamp?.length ?? 0) <= maxTimestampLength) return native.call(this, timestamp, checkedPicture(picture));
    throw new EvaluationError('limit', `$toMillis reads at most ${maxTimestampLength} characters`);
  };
}

function boundedFromMillis(native: Native): Implementation {
  return function fromMillis(this: jsonata.Focus, value?: number, picture?: string, timezone?: string): unknown {
    return native.call(this, value, checkedPicture(picture), timezone);
  };
}

/** A picture becomes a regular expression of JSONata's own, which some pictures make explode. */
function checkedPicture(picture: string | undefined): string | undefined {
  if (picture === undefined) return undefined;
  const gluedByText = picture.match(/\][A-Za-z0-9]+\[/g)?.length ?? 0;
  const glued = picture.match(/\]\[/g)?.length ?? 0;
  const hasHugeWidth = /[,-]\s*\d{4,}/.test(picture);
  if (picture.length <= maxPictureLength && gluedByText <= 2 && glued <= 8 && !hasHugeWidth) return picture;
  throw new EvaluationError('limit', 'the date picture is too complex', 'Separate its parts with punctuation.');
}

function evaluationOf(focus: jsonata.Focus): Evaluation {
  // Bound by `evaluateExpression` before every evaluation, under a name that no expression can rebind.
  return focus.environment.lookup(evaluationBinding) as Evaluation;
}

/** JSONata exports no functions, but hands its environment to those that are registered. */
async function loadNatives(): Promise<jsonata.Environment> {
  const probe = jsonata('$probe()');
  const captured: jsonata.Environment[] = [];
  probe.registerFunction('probe', function capture(this: jsonata.Focus) {
    captured.push(this.environment);
  });
  await probe.evaluate(undefined);
  const [environment] = captured;
  if (environment === undefined) throw new Error('JSONata does not hand out its environment.');
  return environment;
}
