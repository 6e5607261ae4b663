import { targetOf, type Action } from '../../model/actions.ts';
import { addCosts } from '../../model/costs.ts';
import type { History } from './history.ts';

/** What a run has cost so far, and what the last call of each tool did. */
export class Spending {
  private spent = 0;
  private readonly last = new Map<string, number>();
  private readonly byCall = new Map<string, number>();

  constructor({ costs }: History) {
    for (const { action, call, amount } of costs) this.add(action, call, amount);
  }

  get total(): number {
    return this.spent;
  }

  /** @param call `path`, or `path@poll` under `until` */
  add(action: Action, call: string, amount: number): void {
    this.byCall.set(call, addCosts(this.spentOn(call), amount));
    this.spent = addCosts(this.spent, amount);
    this.last.set(nameOf(action), amount);
  }

  spentOn(call: string): number {
    return this.byCall.get(call) ?? 0;
  }

  /** Undefined before the first call of this tool that had a cost. */
  lastOf(action: Action): number | undefined {
    return this.last.get(nameOf(action));
  }
}

function nameOf(action: Action): string {
  const { server, tool } = targetOf(action);
  return `${server}/${tool}`;
}
