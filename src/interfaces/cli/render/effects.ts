import type { EffectVerdict } from '../../../model/tool-effects.ts';
import { printableLine } from '../terminal/printable.ts';
import { labelled } from './values.ts';

/** Why calls of a tool are of their class: what decides, and below it what would decide without that. */
export function effectLines([first, ...others]: readonly [EffectVerdict, ...EffectVerdict[]]): readonly string[] {
  const elsewhere = others.map((each) => `${each.effect}, by ${sourceOf(each)}`);
  return [
    ...labelled('effect', [`${first.effect}, by ${sourceOf(first)}`]),
    ...(elsewhere.length === 0 ? [] : labelled('else', elsewhere)),
  ];
}

function sourceOf({ from, because }: EffectVerdict): string {
  switch (from) {
    case 'overlay':
      return `"tools" in runner.yaml, pattern ${printableLine(because)}`;
    case 'lock':
      return `runner.lock.yaml (${because})`;
    case 'annotations':
      return `its server, which is trusted (${because})`;
    case 'name':
      return `its name: ${because}`;
  }
}
