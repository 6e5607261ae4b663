import { work as drain } from '../../../app/worker.ts';
import type { WorkerNews, WorkerSummary } from '../../../app/worker.ts';
import type { JsonObject } from '../../../model/json.ts';
import { formatDuration } from '../../../model/time.ts';
import type { CliContext } from '../context.ts';
import type { WorkFlags } from '../declare/work.ts';
import { exitCodes } from '../exit-codes.ts';
import { paintStatus } from '../render/status.ts';
import { printableLine } from '../terminal/printable.ts';
import type { Style } from '../terminal/style.ts';
import { withApp } from '../with-app.ts';

/** `runner work`. A signal stops it gracefully, a second one at once. */
export function work(context: CliContext, flags: WorkFlags): Promise<number> {
  const { terminal } = context;
  return withApp(context, { sandbox: flags.sandbox === true }, async (app) => {
    const stop = new AbortController();
    const release = stopAtSignals(context, stop, flags.grace);
    const tell = (news: WorkerNews): void => {
      if (flags.json) terminal.jsonLine(describe(news, app.clock.now()));
      else terminal.print(lineOf(news, terminal.style, app.clock.now()));
    };
    const until = flags.once === true ? 'once' : flags.drain === true ? 'drain' : 'stopped';
    terminal.note(`Draining the queue of ${app.configuration.project.root}, ${flags.concurrency} runs at once.`);
    try {
      const { concurrency, grace: graceMs } = flags;
      const summary = await drain(app, { concurrency, until, graceMs, stop: stop.signal, tell });
      terminal.note(summaryOf(summary));
      if (summary.cutOff.length === 0) return exitCodes.success;
      // The process ends with calls under way; whoever goes on with these runs looks what became of them.
      process.exit(exitCodes.terminated);
    } finally {
      release();
    }
  });
}

function stopAtSignals({ terminal }: CliContext, stop: AbortController, graceMs: number): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(signal === 'SIGINT' ? exitCodes.cancelled : exitCodes.terminated);
    const grace = formatDuration(graceMs);
    terminal.note(`${signal}: begins nothing new; calls in flight have ${grace}. A second signal leaves at once.`);
    stop.abort();
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, onSignal);
  return () => {
    for (const name of names) process.off(name, onSignal);
  };
}

function lineOf(news: WorkerNews, style: Style, now: number): string {
  const { run } = news;
  const head = `${style.dim(new Date(now).toISOString().slice(11, 19))}  ${run.id}  ${run.workflow}  `;
  switch (news.kind) {
    case 'begun':
      return `${head}begins`;
    case 'ended':
      return `${head}${paintStatus(news.outcome.status, style)} in ${formatDuration(news.tookMs)}${reasonOf(news)}`;
    case 'given_back':
      return `${head}${paintStatus(news.status, style)}${news.status === 'needs_attention' ? `: runner show ${run.id}` : ''}`;
    case 'left':
      return `${head}${style.yellow('left')}: ${printableLine(`${news.fault.message} ${news.fault.hint ?? ''}`.trim())}`;
    case 'quarantined':
      return `${head}${style.red('QUARANTINED')}: its process died ${run.crashes} times; look: runner show ${run.id}, then: runner resume ${run.id} --force`;
  }
}

function reasonOf({ outcome: { error } }: Extract<WorkerNews, { kind: 'ended' }>): string {
  if (error === undefined) return '';
  const where = error.step === undefined ? '' : `${error.step}: `;
  return `  ${printableLine(`${where}${error.kind}: ${error.message}`)}`;
}

function describe(news: WorkerNews, now: number): JsonObject {
  const { kind, run } = news;
  const about = { event: kind, at: new Date(now).toISOString(), run_id: run.id, workflow: run.workflow };
  switch (news.kind) {
    case 'begun':
      return about;
    case 'ended': {
      const { status, error } = news.outcome;
      const fault = error && { step: error.step ?? null, code: error.kind, message: error.message };
      return { ...about, status, duration_ms: news.tookMs, error: fault ?? null };
    }
    case 'given_back':
      return { ...about, status: news.status };
    case 'left':
      return { ...about, error: { code: news.fault.code, message: news.fault.message, hint: news.fault.hint ?? null } };
    case 'quarantined':
      return { ...about, crashes: run.crashes };
  }
}

function summaryOf({ ended, failed, left, cutOff }: WorkerSummary): string {
  const parts = [`${ended} ended`, ...(failed > 0 ? [`${failed} of them not well`] : [])];
  if (left > 0) parts.push(`${left} left to other processes`);
  if (cutOff.length > 0) parts.push(`cut off in a call: ${cutOff.join(', ')}`);
  return `Runs: ${parts.join(', ')}.`;
}
