import type { Slot } from '../../model/values.ts';
import type { Place } from '../findings.ts';
import { whyReserved } from '../scopes/reserved.ts';
import type { Site } from './loading.ts';

/** Refuses a branch or loop variable whose name already means something: nothing shadows. */
export function checkName(place: Place, name: string, what: 'branch' | 'loop variable', site: Site): void {
  const { findings, survey } = site.loading;
  const reserved = whyReserved(name, 'step');
  if (reserved !== undefined) {
    return findings.error(
      'ID_RESERVED',
      place,
      `A ${what} cannot be called \`${name}\`: ${reserved}.`,
      'Choose another name.',
    );
  }
  const outer = site.scope.lookup(name);
  const isTaken = survey.inputs.has(name) || (what === 'branch' ? isLoopVariable(outer?.slot) : outer !== undefined);
  if (!isTaken) return;
  const owner = survey.inputs.has(name) ? 'an input' : 'an outer name';
  const hint = what === 'loop variable' ? 'Choose another name with `as`.' : 'Choose another name.';
  findings.error('ID_SHADOWS', place, `The name \`${name}\` is taken by ${owner}.`, hint);
}

function isLoopVariable(slot: Slot | undefined): boolean {
  return slot?.startsWith('item:') === true;
}
