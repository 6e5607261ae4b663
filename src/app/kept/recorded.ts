import type { BodyEnded, BodyStarted, RunEvent, StepEnded, StepStarted } from '../../model/events.ts';
import { stepKeyOf } from '../../model/keys.ts';

/** What is recorded of a run, by key. */
export interface Recorded {
  readonly ended: ReadonlyMap<string, StepEnded>;
  readonly started: ReadonlyMap<string, StepStarted>;
  readonly bodies: ReadonlyMap<string, BodyEnded>;
  readonly begun: ReadonlyMap<string, BodyStarted>;
  /** Numbers of the items or rounds of a loop of which something is recorded, in order. */
  numbersOf(loop: string): readonly number[];
  /** True where a step was undone, or may have been, or something inside it. */
  isUndone(key: string): boolean;
}

export function recordedIn(events: readonly RunEvent[]): Recorded {
  const ended = new Map<string, StepEnded>();
  const started = new Map<string, StepStarted>();
  const bodies = new Map<string, BodyEnded>();
  const begun = new Map<string, BodyStarted>();
  const numbers = new Map<string, Set<number>>();
  const undone = new Set<string>();
  for (const event of events) {
    if (event.type === 'step.ended') ended.set(event.key, event);
    else if (event.type === 'step.started') started.set(event.key, event);
    else if (event.type === 'body.ended') bodies.set(event.key, event);
    else if (event.type === 'body.started') begun.set(event.key, event);
    else if (event.type !== 'attempt.intended') continue;
    noteNumbers(event.key, numbers);
    const key = stepKeyOf(event.key);
    if (key.endsWith(undoSuffix)) for (const part of withOuterKeys(key.slice(0, -undoSuffix.length))) undone.add(part);
  }
  return {
    ended,
    started,
    bodies,
    begun,
    numbersOf: (loop) => [...(numbers.get(loop) ?? [])].toSorted((a, b) => a - b),
    isUndone: (key) => undone.has(key),
  };
}

export const undoSuffix = '/undo';

/** A key, and those of the blocks and bodies around it, from the inside out. */
export function withOuterKeys(key: string): readonly string[] {
  const keys = [key];
  for (let end = key.length - 1; end > 0; end -= 1) {
    if (key[end] === '.' || key[end] === '[') keys.push(key.slice(0, end));
  }
  return keys;
}

function noteNumbers(key: string, numbers: Map<string, Set<number>>): void {
  for (const { index, 1: number = '' } of key.matchAll(/\[(\d+)\]/g)) {
    const loop = key.slice(0, index);
    const known = numbers.get(loop);
    if (known) known.add(Number(number));
    else numbers.set(loop, new Set([Number(number)]));
  }
}
