import jsonata from 'jsonata';
import { EvaluationError } from './scope.ts';
import type { EvaluationScope } from './scope.ts';
import { distinct, shuffled, uuidFrom } from './lists-and-ids.ts';

/** Name under which an evaluation is bound; the blank keeps expressions from naming it. */
export const evaluationBinding = ' evaluation';

/** What belongs to one evaluation, so that concurrent ones share nothing. */
export interface Evaluation {
  readonly scope: EvaluationScope;
  /** List items copied so far. */
  copied: number;
}

type Native = (this: unknown, ...args: unknown[]) => unknown;
type Natives = (name: string) => Native;
type Register = (expression: jsonata.Expression, natives: Natives) => void;

const maxPadWidth = 100_000;
const maxCopied = 20_000_000;
const maxPictureLength = 200;
const maxTimestampLength = 64;

let loadedNatives: Promise<Natives> | undefined;

/**
 * Binds our own form of the built-in functions that an expression names: those that depend on the outside world read
 * it from the evaluation's scope, and those that could hang or exhaust the process are bounded.
 */
export async function bindBuiltins(expression: jsonata.Expression, names: readonly string[]): Promise<void> {
  expression.assign('eval', undefined);
  const own = names.flatMap((name) => registrations.get(name) ?? []);
  if (own.length === 0) return;
  const natives = await (loadedNatives ??= loadNatives());
  for (const register of own) register(expression, natives);
}

const registrations: ReadonlyMap<string, Register> = new Map<string, Register>([
  ['now', registerNow],
  ['millis', (expression) => expression.registerFunction('millis', millis, '<:n>')],
  ['random', (expression) => expression.registerFunction('random', random, '<:n>')],
  ['uuid', (expression) => expression.registerFunction('uuid', uuid, '<:s>')],
  ['shuffle', (expression) => expression.registerFunction('shuffle', shuffle, '<a:a>')],
  ['distinct', (expression) => expression.registerFunction('distinct', distinct, '<x:x>')],
  ['pad', registerPad],
  ['append', registerAppend],
  ['toMillis', registerToMillis],
  ['fromMillis', registerFromMillis],
]);

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

function registerNow(expression: jsonata.Expression, natives: Natives): void {
  const format = natives('fromMillis');
  function now(this: jsonata.Focus, picture?: string, timezone?: string): unknown {
    return format.call(this, evaluationOf(this).scope.now, checkedPicture(picture), timezone);
  }
  expression.registerFunction('now', now, '<s?s?:s>');
}

function registerFromMillis(expression: jsonata.Expression, natives: Natives): void {
  const format = natives('fromMillis');
  function fromMillis(this: jsonata.Focus, value: number, picture?: string, timezone?: string): unknown {
    return format.call(this, value, checkedPicture(picture), timezone);
  }
  expression.registerFunction('fromMillis', fromMillis, '<n-s?s?:s>');
}

function registerToMillis(expression: jsonata.Expression, natives: Natives): void {
  const parse = natives('toMillis');
  function toMillis(this: jsonata.Focus, timestamp?: string, picture?: string): unknown {
    if (timestamp !== undefined && timestamp.length > maxTimestampLength) {
      throw new EvaluationError('limit', `$toMillis reads at most ${maxTimestampLength} characters`);
    }
    return parse.call(this, timestamp, checkedPicture(picture));
  }
  expression.registerFunction('toMillis', toMillis, '<s-s?:n>');
}

function registerPad(expression: jsonata.Expression, natives: Natives): void {
  const native = natives('pad');
  function pad(this: jsonata.Focus, text: string | undefined, width: number, character?: string): unknown {
    if (Math.abs(width) > maxPadWidth) {
      throw new EvaluationError('limit', `$pad is limited to ${maxPadWidth} characters`);
    }
    return native.call(this, text, width, character);
  }
  expression.registerFunction('pad', pad, '<s-ns?:s>');
}

function registerAppend(expression: jsonata.Expression, natives: Natives): void {
  const native = natives('append');
  function append(this: jsonata.Focus, first: unknown, second: unknown): unknown {
    const evaluation = evaluationOf(this);
    evaluation.copied += Array.isArray(first) ? first.length : 1;
    if (evaluation.copied > maxCopied) throw new EvaluationError('limit', '$append copies too many items');
    return native.call(this, first, second);
  }
  expression.registerFunction('append', append, '<xx:a>');
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
async function loadNatives(): Promise<Natives> {
  const probe = jsonata('$probe()');
  let environment: jsonata.Environment | undefined;
  probe.registerFunction('probe', function capture(this: jsonata.Focus) {
    environment = this.environment;
  });
  await probe.evaluate(undefined);
  return (name) => {
    const found = environment?.lookup(name) as { readonly implementation?: Native } | undefined;
    if (found?.implementation === undefined) throw new Error(`JSONata has no function $${name}.`);
    return found.implementation;
  };
}
