import type { StepBase } from '../../model/workflow.ts';
import { child, textOf } from '../yaml/tree.ts';
import { policyOf } from './policy-layers.ts';
import { isSensitive } from './sensitive.ts';
import { durationOf, read } from './settings.ts';
import type { ActionContext } from './step-context.ts';

/** What all steps have. Called last, because the texts of a step fill its references. */
export function baseOf(context: ActionContext): Omit<StepBase, 'if' | 'needs' | 'undo'> {
  const { map, site, place, facts } = context;
  const description = textOf(child(map, 'description'));
  const timeoutMs = timeoutOf(context);
  return {
    key: place.key,
    line: site.loading.findings.lineOf(map.start),
    continueOnError: isTolerated(context),
    references: outside(site.references, place.key),
    ...(facts.id !== undefined && { id: facts.id }),
    ...(description !== undefined && { description }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...((isSensitive(map, site.loading) || place.sensitive) && { sensitive: true as const }),
  };
}

/** The keys that are neither a step's own nor those of steps inside it. */
export function outside(keys: ReadonlySet<string>, own: string): readonly string[] {
  return [...keys].filter((key) => key !== own && !key.startsWith(`${own}.`) && !key.startsWith(`${own}[`));
}

/**
 * `defaults` speak of calls and timers. What holds other steps, or waits for people, has its time written on itself: a
 * default that is meant for calls would end it.
 */
function timeoutOf(context: ActionContext): StepBase['timeoutMs'] {
  switch (context.kind) {
    case 'tool':
    case 'http':
    case 'run':
    case 'wait':
      return read(policyOf(context, 'timeout'), durationOf);
    case 'workflow':
    case 'approval':
    case 'parallel':
    case 'race':
    case 'for_each':
    case 'repeat':
    case 'switch':
    case 'try':
      return durationOf(child(context.map, 'timeout'), context.site);
    case 'set':
    case 'log':
    case 'state':
    case 'return':
    case 'fail':
      return undefined;
  }
}

/**
 * True when the run goes on after the step has failed. A default does not open approvals: only an approval itself can
 * say that its rejection is fine.
 */
export function isTolerated({ map, layers, kind }: Pick<ActionContext, 'map' | 'layers' | 'kind'>): boolean {
  const said = kind === 'approval' ? child(map, 'continue_on_error') : policyOf({ layers }, 'continue_on_error')?.node;
  return said?.kind === 'scalar' && said.value === true;
}
