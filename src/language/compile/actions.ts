import type { LogLevel, Step } from '../../model/workflow.ts';
import { child, textOf } from '../yaml/tree.ts';
import { compileApproval } from './approval.ts';
import { compileParallel, compileRace } from './branches.ts';
import { compileHttp, compileRun, compileTool } from './calls.ts';
import { compileChild } from './child-workflow.ts';
import { compileForEach, compileRepeat } from './loops.ts';
import { compileState } from './state.ts';
import { baseOf } from './step-base.ts';
import type { ActionContext } from './step-context.ts';
import { compileSwitch } from './switch.ts';
import { valueOf } from './texts.ts';
import { compileTry } from './try.ts';
import { compileWait } from './wait.ts';

/** The compiled step without its `if`, `needs` and `undo`; undefined when something in it is wrong (and reported). */
export function compileAction(context: ActionContext): Step | undefined {
  switch (context.kind) {
    case 'tool':
      return compileTool(context);
    case 'http':
      return compileHttp(context);
    case 'run':
      return compileRun(context);
    case 'set':
      return compileSet(context);
    case 'log':
      return compileLog(context);
    case 'wait':
      return compileWait(context);
    case 'return':
      return compileReturn(context);
    case 'fail':
      return compileFail(context);
    case 'state':
      return compileState(context);
    case 'workflow':
      return compileChild(context);
    case 'approval':
      return compileApproval(context);
    case 'parallel':
      return compileParallel(context);
    case 'race':
      return compileRace(context);
    case 'for_each':
      return compileForEach(context);
    case 'repeat':
      return compileRepeat(context);
    case 'switch':
      return compileSwitch(context);
    case 'try':
      return compileTry(context);
  }
}

function compileSet(context: ActionContext): Step | undefined {
  const node = child(context.map, 'set');
  const values = node && valueOf(node, { ...context.site, secrets: 'taken' });
  return values && { kind: 'set', ...baseOf(context), values };
}

function compileLog(context: ActionContext): Step | undefined {
  const node = child(context.map, 'log');
  const message = node && valueOf(node, context.site, { prose: true });
  const level = textOf(child(context.map, 'level'));
  return message && { kind: 'log', ...baseOf(context), message, level: isLevel(level) ? level : 'info' };
}

function isLevel(text: string | undefined): text is LogLevel {
  return text === 'debug' || text === 'info' || text === 'warn' || text === 'error';
}

function compileReturn(context: ActionContext): Step | undefined {
  const node = child(context.map, 'return');
  const value = node && valueOf(node, context.site);
  return value && { kind: 'return', ...baseOf(context), value };
}

function compileFail(context: ActionContext): Step | undefined {
  const node = child(context.map, 'fail');
  const text = node?.kind === 'map' ? child(node, 'message') : node;
  const message = text && valueOf(text, context.site, { prose: true });
  const code = textOf(child(node, 'code')) ?? 'failed';
  return message && { kind: 'fail', ...baseOf(context), code, message };
}
