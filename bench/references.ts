import { pathToFileURL } from 'node:url';
import { classifyText, prepareExpressions } from '../src/language/expressions/classify.ts';
import { evaluateValue } from '../src/language/expressions/evaluate.ts';
import { evaluateExpression } from '../src/language/expressions/jsonata.ts';
import type { EvaluationScope, NameScope } from '../src/language/expressions/scope.ts';
import type { Json } from '../src/model/json.ts';
import type { ExpressionValue, ObjectValue, Value } from '../src/model/values.ts';

export interface ReferenceFigures {
  /** CPU of resolving one step with ten `$step_N.path` references, in microseconds. */
  readonly tenReferencesMicros: number;
  /** The same ten paths through JSONata, compiled beforehand, in microseconds. */
  readonly jsonataMicros: number;
}

const slots = Array.from({ length: 10 }, (_, index) => `step_${index + 1}`);
const names: NameScope = {
  lookup: (name) => (slots.includes(name) ? { slot: name, scalar: false } : undefined),
  names: () => slots,
  explain: () => undefined,
};
const result: Json = { customer: { id: 'cus_1', plan: { name: 'pro', seats: [1, 2, 3] } } };
const scope: EvaluationScope = { read: () => result, now: 0, random: () => 0 };

/** Medians of five rounds. */
export async function measureReferences(): Promise<ReferenceFigures> {
  await prepareExpressions();
  const params: ObjectValue = { kind: 'object', entries: slots.map((slot) => [slot, reference(slot)] as const) };
  const expressions = slots.map(asExpression);
  const walk = (): unknown => evaluateValue(params, scope, 'params');
  const jsonata = (): Promise<unknown> => Promise.all(expressions.map((value) => evaluateExpression(value, scope)));
  return {
    tenReferencesMicros: await medianMicros(walk, 20_000),
    jsonataMicros: await medianMicros(jsonata, 1_000),
  };
}

function reference(slot: string): Value {
  const { value } = classifyText(`$${slot}.customer.plan.name`, names);
  if (value?.kind !== 'path') throw new Error(`$${slot} is not read as a reference.`);
  return value;
}

function asExpression(slot: string): ExpressionValue {
  return { kind: 'expression', text: `$${slot}.customer.plan.name`, variables: { [slot]: slot } };
}

async function medianMicros(task: () => unknown, repetitions: number): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage();
    for (let index = 0; index < repetitions; index++) {
      const pending = task();
      if (pending instanceof Promise) await pending;
    }
    const { user, system } = process.cpuUsage(before);
    rounds.push((user + system) / repetitions);
  }
  return rounds.toSorted((left, right) => left - right)[2] ?? Number.NaN;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { tenReferencesMicros, jsonataMicros } = await measureReferences();
  process.stdout.write(
    `ten references: ${tenReferencesMicros.toFixed(2)} µs of CPU (at most 50, aim 10); through JSONata: ${jsonataMicros.toFixed(1)} µs\n`,
  );
}
