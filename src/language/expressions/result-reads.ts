import type { PathStep } from '../../model/values.ts';
import { filtersOf } from './ast.ts';
import type { AstNode } from './ast.ts';
import { resultProblem } from './result-problem.ts';
import type { StepPlace } from './result-problem.ts';
import type { KnownResult, TextProblem } from './scope.ts';

/** A path of an expression into a result whose shape is known. */
export interface ResultRead {
  readonly name: string;
  readonly result: KnownResult;
  readonly steps: readonly PathStep[];
  readonly places: readonly StepPlace[];
  /** True where the expression asks whether there is something: in `$exists()`, and left of `??` and `?:`. */
  readonly guarded: boolean;
}

/** The plain part of a path behind its variable: what follows a computed step is not looked at. */
export function plainSteps(path: AstNode, text: string): Pick<ResultRead, 'steps' | 'places'> {
  const steps: PathStep[] = [];
  const places: StepPlace[] = [];
  for (const [index, node] of (path.steps ?? []).entries()) {
    const end = node.position ?? 0;
    if (index > 0) {
      if (node.type !== 'name' || typeof node.value !== 'string') break;
      const isQuoted = /[`"']/.test(text[end - 1] ?? '');
      steps.push({ field: node.value });
      places.push({ start: end - node.value.length - (isQuoted ? 2 : 0), end });
    }
    if (node.focus !== undefined || node.index !== undefined) break;
    // Which items a filter takes does not change what they look like.
    for (const _ of filtersOf(node)) {
      steps.push({ index: 0 });
      places.push({ start: end, end });
    }
  }
  return { steps, places };
}

/** What is wrong with the paths of an expression, save for what it asks about itself. */
export function problemsOfReads(reads: readonly ResultRead[]): readonly TextProblem[] {
  const asked = reads.filter(({ guarded }) => guarded).map((read) => `${fieldsOf(read)}.`);
  return reads.flatMap((read) => {
    const problem = read.guarded ? undefined : resultProblem(read.result, read.steps, read.places);
    if (problem === undefined) return [];
    const at = read.places.findIndex(({ start }) => start === problem.offset);
    const prefix = `${fieldsOf({ ...read, steps: read.steps.slice(0, at + 1) })}.`;
    return asked.some((path) => path.startsWith(prefix)) ? [] : [problem];
  });
}

function fieldsOf({ name, steps }: Pick<ResultRead, 'name' | 'steps'>): string {
  return [name, ...steps.flatMap((step) => ('field' in step ? [step.field] : []))].join('.');
}
