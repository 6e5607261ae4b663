import type { Step, UndoStep } from '../../model/workflow.ts';
import { ExtendedScope, named } from '../scopes/extended-scope.ts';
import type { Scope } from '../scopes/scope.ts';
import type { MapNode, Node } from '../yaml/tree.ts';
import { child, textOf } from '../yaml/tree.ts';
import type { Loading } from './loading.ts';
import { compileList } from './steps.ts';

const undoKey = 'on_failure/undo';

/** The steps of `on_failure`, in which the word `undo` may stand among the others or alone. */
export function onFailureOf(root: MapNode, loading: Loading, main: Scope): readonly Step[] {
  const node = child(root, 'on_failure');
  const items = node?.kind === 'list' ? node.items : node?.kind === 'scalar' ? [node] : [];
  const scope = new ExtendedScope(main, { last_error: named('last_error') });
  const steps = handlerOf(without(items, node), 'on_failure', { loading, scope });
  const [word, second] = items.filter(isUndo);
  if (word === undefined) return steps;
  if (second !== undefined) {
    const message = '`undo` stands here twice, but what has been undone once is not undone again.';
    loading.findings.error('VALUE_INVALID', second, message, 'Delete one.');
  }
  return steps.toSpliced(items.indexOf(word), 0, undoStep(word, steps, loading));
}

/** Steps that run at the end, whatever became of the others. */
export function finallyOf(root: MapNode, loading: Loading, scope: Scope): readonly Step[] {
  return handlerOf(child(root, 'finally'), 'finally', { loading, scope });
}

function handlerOf(
  node: Node | undefined,
  name: 'on_failure' | 'finally',
  { loading, scope }: { readonly loading: Loading; readonly scope: Scope },
): readonly Step[] {
  const at = { prefix: `${name}/`, inHandler: true, noReturn: name, outerIsCertain: false } as const;
  return compileList(node, { loading, scope, ...at }).steps;
}

/** Steps count from 1 without the word. */
function without(items: readonly Node[], node: Node | undefined): Node | undefined {
  return node?.kind === 'list' ? { ...node, items: items.filter((item) => textOf(item) === undefined) } : undefined;
}

function isUndo(item: Node): boolean {
  return textOf(item) === 'undo';
}

function undoStep(word: Node, steps: readonly Step[], { findings }: Loading): UndoStep {
  const namesake = steps.find(({ key }) => key === undoKey);
  if (namesake !== undefined) {
    const message = `The step on line ${namesake.line} has the id \`undo\`, which is what this word is called in a run.`;
    findings.error('ID_SHADOWS', word, message, 'Choose another id.');
  }
  return { kind: 'undo', key: undoKey, line: findings.lineOf(word.start), continueOnError: false, references: [] };
}
