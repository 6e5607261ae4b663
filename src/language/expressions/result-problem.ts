import type { PathStep } from '../../model/values.ts';
import { didYouMean } from '../did-you-mean.ts';
import { pathFault } from './result-path.ts';
import type { PathFault } from './result-path.ts';
import type { KnownResult, TextProblem } from './scope.ts';

/** Where a path step stands in its text, its dot included. */
export interface StepPlace {
  readonly start: number;
  readonly end: number;
}

/**
 * What is wrong with a path into a tool's result, at the step that leads nowhere. An error only where the lock says so:
 * the catalogue may be older than the tool, and a near miss may be right.
 */
export function resultProblem(
  result: KnownResult,
  steps: readonly PathStep[],
  places: readonly StepPlace[],
): TextProblem | undefined {
  const fault = pathFault(result.schema, steps);
  if (fault === undefined) return undefined;
  const place = places[fault.at] ?? { start: 0, end: 0 };
  const { message, hint } = wordsFor(fault, result, steps);
  return {
    severity: result.from === 'lock' && fault.kind !== 'near_miss' ? 'error' : 'warning',
    code: fault.kind === 'scalar' ? 'PATH_ON_SCALAR' : 'FIELD_UNKNOWN',
    message,
    hint,
    offset: place.start,
    length: place.end - place.start,
  };
}

function wordsFor(
  fault: PathFault,
  { tool, from }: KnownResult,
  steps: readonly PathStep[],
): { readonly message: string; readonly hint: string } {
  const source = from === 'lock' ? 'runner.lock.yaml' : 'the catalogue';
  const shown = `\`runner tools ${tool}\` shows what it gives.`;
  switch (fault.kind) {
    case 'scalar': {
      const value =
        fault.at === 0 ? `The result of ${tool}` : `In the result of ${tool}, \`${fieldsBefore(steps, fault.at)}\``;
      return { message: `${value} is of type ${fault.type} (${source}), so nothing lies below it.`, hint: shown };
    }
    case 'absent': {
      const near = didYouMean(fault.name, fault.known);
      const known = fault.known.length > 0 && fault.known.length <= 12 ? `There are ${listed(fault.known)}.` : shown;
      const message = `The result of ${tool} has no field \`${pathTo(steps, fault)}\` (${source}).`;
      return { message, hint: near === undefined ? known : `Did you mean \`${near}\`?` };
    }
    case 'near_miss': {
      const message = `The result of ${tool} is not known to have a field \`${pathTo(steps, fault)}\` (${source}).`;
      return { message, hint: `Did you mean \`${fault.nearest}\`?` };
    }
  }
}

function pathTo(steps: readonly PathStep[], { at, name }: { readonly at: number; readonly name: string }): string {
  const before = fieldsBefore(steps, at);
  return before === '' ? name : `${before}.${name}`;
}

function fieldsBefore(steps: readonly PathStep[], at: number): string {
  return steps
    .slice(0, at)
    .flatMap((step) => ('field' in step ? [step.field] : []))
    .join('.');
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}
