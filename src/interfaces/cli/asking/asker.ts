import type { ActiveRun, Idle, RunInfo } from '../../../app/active-run.ts';
import { userName } from '../../../app/user-name.ts';
import type { ApprovalRequested } from '../../../model/approvals.ts';
import type { RunEvent } from '../../../model/events.ts';
import { noteApproval } from '../../../model/open-approvals.ts';
import type { OpenApproval } from '../../../model/open-approvals.ts';
import type { RunWatcher } from '../progress/watcher.ts';
import { decideCommand, votesText } from '../render/approvals.ts';
import { printableLine } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { askApproval } from './ask-approval.ts';
import { openPrompt } from './prompt.ts';

const longMs = 3_600_000;

interface Question {
  readonly request: ApprovalRequested;
  readonly over: AbortController;
}

/**
 * Asks the person at the terminal for the approvals of a run under way, one after another. A run that waits for an
 * approval is kept; one that waits for what cannot be said here is given back, and so is one that the person leaves.
 */
export class Asker {
  readonly #terminal: Terminal;
  readonly #watcher: RunWatcher;
  readonly #open = new Map<string, OpenApproval>();
  /** Asked already, or not for this person to decide. */
  readonly #seen = new Set<ApprovalRequested>();
  #run: ActiveRun | undefined;
  #question: Question | undefined;
  #idle: Idle | undefined;
  #asking: Promise<void> | undefined;
  #isLeaving = false;
  #keepAlive: NodeJS.Timeout | undefined;

  constructor(terminal: Terminal, watcher: RunWatcher) {
    this.#terminal = terminal;
    this.#watcher = watcher;
  }

  begins({ history }: RunInfo): void {
    for (const event of history) noteApproval(this.#open, event);
  }

  events(events: readonly RunEvent[]): void {
    for (const event of events) {
      noteApproval(this.#open, event);
      if (event.type === 'approval.voted') this.#tellVotes(event.key);
    }
    const asked = this.#question;
    if (asked && this.#open.get(asked.request.key)?.request !== asked.request) asked.over.abort();
    this.#askAll();
  }

  /** From now on there is a run to answer to. */
  control(run: ActiveRun): void {
    this.#run = run;
    // What other processes decide is looked for now and then, and nothing else keeps a process that only waits alive.
    this.#keepAlive = setInterval(() => undefined, longMs);
    this.#askAll();
    this.#giveBack();
  }

  idle(idle: Idle | undefined): void {
    this.#idle = idle;
    this.#giveBack();
  }

  /** The run has ended or was left: nothing is asked any more, and the terminal is free again. */
  async ends(): Promise<void> {
    this.#run = undefined;
    clearInterval(this.#keepAlive);
    this.#question?.over.abort();
    await this.#asking;
  }

  #giveBack(): void {
    if (this.#idle === undefined) return;
    if (this.#isLeaving || (this.#open.size === 0 && !this.#idle.hasTimer)) this.#run?.park();
  }

  #leave(): void {
    this.#isLeaving = true;
    if (!this.#idle) this.#watcher.note('It is left open; the run is left when nothing else of it is under way.');
    this.#giveBack();
  }

  /** Where one vote is not enough. */
  #tellVotes(key: string): void {
    const approval = this.#open.get(key);
    if (!approval || approval.votes.filter(({ approved }) => approved).length >= approval.request.quorum) return;
    if (approval.request.quorum > 1) this.#watcher.note(`${printableLine(key)}: ${votesText(approval)}`);
  }

  #askAll(): void {
    if (this.#question || this.#isLeaving || !this.#run) return;
    for (const approval of this.#open.values()) {
      if (this.#seen.has(approval.request)) continue;
      this.#seen.add(approval.request);
      if (!this.#mayDecide(this.#run, approval)) continue;
      this.#asking = this.#ask(this.#run, approval).catch((error: unknown) => {
        this.#watcher.note(`Nothing can be asked here: ${error instanceof Error ? error.message : String(error)}`);
        this.#leave();
      });
      return;
    }
  }

  #mayDecide(run: ActiveRun, approval: OpenApproval): boolean {
    const { key, question, by } = approval.request;
    const user = userName();
    if (by === undefined || by.includes(user)) return !approval.votes.some((vote) => vote.by === user);
    this.#watcher.note(printableLine(`${key}: ${question}`));
    this.#watcher.note(printableLine(`${key} is for ${by.join(', ')} to decide, not for ${user}; the run waits.`));
    this.#watcher.note(`They decide with: ${decideCommand(run.id, approval)}`);
    return false;
  }

  async #ask(run: ActiveRun, approval: OpenApproval): Promise<void> {
    const { request } = approval;
    const over = new AbortController();
    this.#question = { request, over };
    this.#watcher.pause?.();
    const answer = await this.#answerTo(approval, over.signal).finally(() => {
      this.#question = undefined;
      this.#watcher.resume?.();
    });
    if (this.#open.get(request.key)?.request !== request) this.#watcher.note(this.#settledText(request.key));
    else if (!this.#run) return;
    else if (answer === undefined) this.#leave();
    else run.decide({ kind: 'decide', step: request.key, by: userName(), binding: request.binding.hash, ...answer });
    this.#askAll();
  }

  async #answerTo(approval: OpenApproval, over: AbortSignal): ReturnType<typeof askApproval> {
    const prompt = await openPrompt(over);
    try {
      return await askApproval(prompt, this.#terminal, approval);
    } finally {
      prompt.close();
    }
  }

  #settledText(key: string): string {
    const name = printableLine(key);
    return this.#open.has(key)
      ? `What ${name} is about has changed; it is asked anew.`
      : `${name} needs no answer here any more.`;
  }
}
