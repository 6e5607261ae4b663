import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEffectServer } from '../../bench/effect-server.mjs';
import { isFinal, type RunStatus } from '../../src/model/states.ts';
import { gatherEvidence, logOf, type Evidence } from './evidence.ts';
import { moments, type Played } from './gate.ts';
import { openQuestions, type Question } from './person.ts';
import { seeded, type Dice } from './dice.ts';
import { startRunner, type Death, type Exit } from './runner-process.ts';
import { scenarios } from './scenarios.ts';

export interface Campaign {
  readonly evidence: Evidence;
  readonly kills: number;
  /** Questions that a person has answered. */
  readonly answers: number;
  /** Processes that nobody killed, and that ended as a runner must not. */
  readonly complaints: readonly string[];
}

/**
 * Starts runs, kills their processes, resumes them, kills those too, answers as a person would what only a person can
 * know, and goes on until the kills are used up and every run has ended.
 */
export async function runCampaign(options: {
  /** An empty folder, which becomes the project. */
  readonly folder: string;
  readonly kills: number;
  readonly seed: number;
  /** Runs that are begun at once. */
  readonly crowd: number;
}): Promise<Campaign> {
  const { folder, kills, seed, crowd } = options;
  prepareProject(folder);
  const server = await startEffectServer({ log: logOf(folder), latencyMs: [0, 6], seed });
  try {
    const killer = new Killer(folder, server.url, { kills, seed });
    await killer.openProject();
    while (killer.killed < kills || killer.isMissingScenario) await killer.wave(crowd);
    await killer.finish();
    const { killed, answers, complaints } = killer;
    return { evidence: gatherEvidence(folder), kills: killed, answers, complaints };
  } finally {
    await server.close();
  }
}

function prepareProject(folder: string): void {
  mkdirSync(join(folder, 'workflows'));
  for (const { name, yaml } of scenarios) writeFileSync(join(folder, 'workflows', `${name}.yaml`), yaml.trimStart());
}

/** More rounds than any healthy campaign takes. */
const mostRounds = 40;

class Killer {
  killed = 0;
  answers = 0;
  readonly complaints: string[] = [];
  private readonly played: Played = new Map();
  private readonly dice: Dice;
  private readonly folder: string;
  private readonly target: string;
  private readonly limit: number;
  private started = 0;

  constructor(folder: string, target: string, { kills, seed }: { readonly kills: number; readonly seed: number }) {
    this.folder = folder;
    this.target = target;
    this.limit = kills;
    this.dice = seeded(seed);
  }

  /** One run that nobody kills: from then on there is a journal to look into. */
  async openProject(): Promise<void> {
    await this.perform(['run', this.nextScenario()]);
  }

  /** A process that is killed early has recorded no run. */
  get isMissingScenario(): boolean {
    const recorded = new Set(gatherEvidence(this.folder).runs.map(({ workflow }) => workflow));
    return !scenarios.every(({ name }) => recorded.has(name));
  }

  /** A few new runs at once, most of them killed, then resumes, killed too, and what a person has to say. */
  async wave(crowd: number): Promise<void> {
    const names = Array.from({ length: crowd }, () => this.nextScenario());
    await Promise.all(names.map((name) => this.perform(['run', name], this.planDeath())));
    // Two processes may try to continue the same runs: each run must have one owner.
    const resumes = this.dice.below(3);
    await Promise.all(Array.from({ length: resumes }, () => this.perform(['resume', '--all'], this.planDeath())));
    await this.answerQuestions(() => this.planDeath());
  }

  /** Without further kills, until nothing is left to do. */
  async finish(): Promise<void> {
    for (let round = 0; round < mostRounds; round += 1) {
      const open = gatherEvidence(this.folder).runs.filter(({ status }) => !isFinal(status as RunStatus));
      if (open.length === 0) return;
      await this.perform(['resume', '--all']);
      for (const { id, status } of open) {
        if (status === 'quarantined') await this.perform(['resume', id, '--force']);
      }
      await this.answerQuestions(() => undefined);
    }
  }

  private async answerQuestions(planDeath: () => Death | undefined): Promise<void> {
    for (const question of openQuestions(gatherEvidence(this.folder))) {
      await this.perform(['resolve', question.run, '--step', question.step, ...this.answerTo(question)], planDeath());
      this.answers += 1;
    }
  }

  /** What has happened is stated as done; what has not is called again, or now and then given up. */
  private answerTo({ happened }: Question): readonly string[] {
    if (happened) return ['--as', 'done', '--output', JSON.stringify(happened)];
    return ['--as', this.dice.below(4) === 0 ? 'failed' : 'retry'];
  }

  private async perform(args: readonly string[], death?: Death): Promise<void> {
    const { folder, target, played } = this;
    const exit = await startRunner({ folder, target, played, args, ...(death ? { death } : {}) });
    if (exit.killed) this.killed += 1;
    else if (!isDecent(exit)) this.complaints.push(`runner ${args.join(' ')} ended with ${exit.code}: ${exit.errors}`);
  }

  private nextScenario(): string {
    const scenario = scenarios[this.started % scenarios.length];
    this.started += 1;
    return scenario?.name ?? '';
  }

  /** Mostly around a call, where it hurts; else at any time from the start of the process on. */
  private planDeath(): Death | undefined {
    const chance = this.dice.below(10);
    if (this.killed >= this.limit || chance === 0) return undefined;
    if (chance === 1) return { stopAfterMs: 150 + this.dice.below(500) };
    if (chance < 4) return { afterMs: 40 + this.dice.below(700) };
    const moment = moments[this.dice.below(moments.length)] ?? 'after_effect';
    return { moment, call: 1 + this.dice.below(5) };
  }
}

/**
 * Succeeded, failed, asked at a bad moment (the run has ended meanwhile), waiting for a person, or stopped; and no
 * defect shown. A stop may come before anybody listens to it: then the code is that of the signal.
 */
function isDecent({ code, errors }: Exit): boolean {
  return (code === null || [0, 1, 2, 5, 143].includes(code)) && !/INTERNAL|^\s+at .*:\d+:\d+/m.test(errors);
}
