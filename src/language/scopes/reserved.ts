import { builtinNames } from '../expressions/builtin-names.ts';

const words = new Set([
  'inputs',
  'run',
  'steps',
  'env',
  'secrets',
  'body',
  'headers',
  'event',
  'params',
  'previous',
  'index',
  'last_result',
  'last_error',
]);

export function isPositional(name: string): boolean {
  return /^step_\d+$/.test(name);
}

/** Why a name cannot be given to an input, step, branch or loop variable; undefined when it can. */
export function whyReserved(name: string, what: 'input' | 'step'): string | undefined {
  if (words.has(name)) return `\`$${name}\` has a meaning of its own`;
  if (isPositional(name)) return `names such as \`${name}\` stand for steps by position`;
  if (what === 'step' && builtinNames.has(name)) return `\`$${name}\` is a function of expressions`;
  return undefined;
}
