import { manualPrefix } from '../../model/manual-work.ts';
import type { Value } from '../../model/values.ts';
import type { Alternative, ToolStep } from '../../model/workflow.ts';
import type { MapNode } from '../yaml/tree.ts';
import { child, textOf } from '../yaml/tree.ts';
import { callSlots } from './call-names.ts';
import type { ActionContext } from './step-context.ts';
import { valueOf } from './texts.ts';

/** `{ manual: true }`, or with a note for the person in its place: the failed call is recorded for somebody to do. */
export function manualAlternative(node: MapNode, key: string, context: ActionContext): Alternative {
  const { site } = context;
  const { checker, shapes, findings } = site.loading;
  checker.check(node, shapes.definition('fallback_manual'), 'a fallback');
  const said = child(node, 'manual');
  const note = said && textOf(said) !== undefined ? valueOf(said, site, { prose: true }) : undefined;
  const target = context.target ?? context.place.key;
  const server = target.split('/')[0] ?? '';
  const step: ToolStep = {
    kind: 'tool',
    key,
    line: findings.lineOf(context.map.start),
    continueOnError: false,
    references: [],
    server,
    tool: `${manualPrefix}${target.slice(server.length + 1)}`,
    params: { kind: 'object', entries: entriesOf(note) },
    // Recorded once, however often it is asked for.
    effect: 'idempotent',
    attemptTimeoutMs: 30_000,
    retry: { max: 0, delayMs: 0, backoff: 'constant', factor: 1, maxDelayMs: 0, jitter: 'none', own: false },
    fallback: [],
    onInterrupt: 'retry',
  };
  return { kind: 'step', step, afterUnknown: true };
}

function entriesOf(note: Value | undefined): readonly (readonly [string, Value])[] {
  const entries = [['params', ofCall('params')] as const, ['error', ofCall('last_error')] as const];
  return note === undefined ? entries : [...entries, ['note', note]];
}

function ofCall(name: 'params' | 'last_error'): Value {
  return { kind: 'path', slot: callSlots[name], steps: [], list: false, text: `$${name}` };
}
