import { scanCode } from './code-scanner.ts';

/** The most nodes that an expression may have once JSONata has expanded its `??` and `?:`. */
const maxWeight = 20_000;

interface Group {
  /** Weight of the items before the last separator. */
  settled: number;
  /** Weight of the operand being read. */
  current: number;
}

/**
 * True for a text that JSONata's parser could not handle in reasonable time: `??` and `?:` copy their left side, so
 * that nesting them doubles the tree at each level.
 */
export function isTooHeavy(text: string): boolean {
  const groups: Group[] = [{ settled: 0, current: 0 }];
  for (const mark of scanCode(text, 0)) {
    const top = groups.at(-1);
    if (top === undefined) return false;
    if ('([{'.includes(mark.text)) groups.push({ settled: 0, current: 0 });
    else if (')]}'.includes(mark.text)) close(groups);
    else if (mark.text === '??' || mark.text === '?:') settle(top, 2);
    else if (mark.text === ',' || mark.text === ';') settle(top, 1);
    else top.current++;
    const last = groups.at(-1);
    if (last !== undefined && last.settled + last.current > maxWeight) return true;
  }
  return false;
}

function settle(group: Group, times: number): void {
  group.settled += group.current * times;
  group.current = 0;
}

function close(groups: Group[]): void {
  const closed = groups.pop();
  const outer = groups.at(-1);
  if (closed === undefined || outer === undefined) return;
  outer.current += closed.settled + closed.current + 1;
}
