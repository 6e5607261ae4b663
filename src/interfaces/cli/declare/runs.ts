import { Option } from 'commander';
import type { Command } from 'commander';
import type { RunStatus } from '../../../model/states.ts';
import type { CliContext } from '../context.ts';
import type { Perform } from './perform.ts';
import { collect, parseGrace, parseLimit, parsePriority, parseSince, parseStatuses } from './options.ts';

export interface RunFlags {
  readonly input?: readonly string[];
  readonly inputs?: string;
  readonly json?: boolean;
  readonly cache: boolean;
  readonly dryRun?: boolean;
  readonly readOnly?: boolean;
  readonly sandbox?: boolean;
  readonly queue?: boolean;
  readonly wait: boolean;
  readonly runKey?: string;
  readonly priority?: number;
}

export interface RunsFlags {
  readonly workflow?: string;
  readonly status?: readonly RunStatus[];
  readonly since?: number;
  readonly limit: number;
  readonly json?: boolean;
}

export interface ShowFlags {
  readonly all?: boolean;
  readonly follow?: boolean;
  readonly json?: boolean;
}

export interface ResumeFlags {
  readonly all?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly sandbox?: boolean;
}

export interface ResolveFlags {
  readonly step: string;
  readonly as: 'done' | 'failed' | 'retry';
  readonly output?: string;
  readonly json?: boolean;
  readonly sandbox?: boolean;
}

export interface CancelFlags {
  readonly grace: number;
  readonly json?: boolean;
  readonly sandbox?: boolean;
}

/** Commands that start runs, continue them, end them and show them. */
export function addRunCommands(program: Command, context: CliContext, perform: Perform): void {
  addRun(program, context, perform);
  addListing(program, context, perform);
  addResume(program, context, perform);
  addResolve(program, context, perform);
  program
    .command('pause')
    .argument('<run>', 'id of the run, or a part of it that no other run has')
    .description('begin nothing new in a run until somebody resumes it')
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExample:\n  $ runner pause 20261122-150538')
    .action((run: string, flags: { json?: boolean }) =>
      perform(async () => (await import('../commands/pause.ts')).pause(context, run, flags)),
    );
  program
    .command('cancel')
    .argument('<run>', 'id of the run, or a part of it that no other run has')
    .description('cancel a run; its "finally" still runs')
    .option('--grace <duration>', 'how long calls in flight may go on by themselves', parseGrace, 10_000)
    .option('--json', 'print a JSON document')
    .option('--sandbox', 'for a run that began in the sandbox')
    .addHelpText('after', '\nExample:\n  $ runner cancel 20261122-150538 --grace 1m')
    .action((run: string, flags: CancelFlags) =>
      perform(async () => (await import('../commands/cancel.ts')).cancel(context, run, flags)),
    );
}

function addRun(program: Command, context: CliContext, perform: Perform): void {
  program
    .command('run')
    .argument('<workflow>', 'path of a workflow file, or name of a workflow of this project')
    .description('check a workflow, then run it here')
    .option('-i, --input <name=value>', 'an input; name:=json for JSON, name=@file for the text of a file', collect)
    .option('--inputs <file>', 'a JSON file with all inputs; "-" reads stdin')
    .option('--json', 'print a JSON document')
    .option('--no-cache', 'neither use nor keep cached results')
    .option('--dry-run', 'perform reads, and print the writes instead of making them')
    .option('--read-only', 'refuse every write before it happens')
    .option('--sandbox', 'call the tools of the sandbox: no real service is touched')
    .option('--no-wait', 'leave it when it only waits; a worker or `runner resume` goes on')
    .option('--queue', 'only put it into the queue: `runner work` executes it')
    .option('--priority <n>', 'its place in the queue, from -100 to 100; higher ones come first', parsePriority)
    .option('--run-key <key>', 'start it once: another start with the same key gives that run')
    .addHelpText(
      'after',
      `
Examples:
  $ runner run health_recovery --input service_id=srv-demo
  $ runner run workflows/full_deployment.yaml --input 'labels:={"team":"ops"}' --dry-run
  $ echo '{"service_id":"srv-demo"}' | runner run health_recovery --inputs - --json`,
    )
    .action((workflow: string, flags: RunFlags) =>
      perform(async () => (await import('../commands/run.ts')).run(context, workflow, flags)),
    );
}

function addListing(program: Command, context: CliContext, perform: Perform): void {
  program
    .command('runs')
    .description('list runs, newest first')
    .option('--workflow <name>', 'only runs of this workflow')
    .option('--status <status>', 'only runs in this state; several with commas', parseStatuses)
    .option('--since <when>', 'only runs started since then: 90m, 1d, 2026-11-22', parseSince)
    .option('--limit <n>', 'at most so many', parseLimit, 20)
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExample:\n  $ runner runs --status failed,needs_attention --since 1d')
    .action((flags: RunsFlags) => perform(async () => (await import('../commands/runs.ts')).runs(context, flags)));
  program
    .command('show')
    .argument('<run>', 'id of the run, or a part of it that no other run has')
    .description('show one run as a tree: steps, attempts, params, results, errors, what it waits for')
    .option('--all', 'also every item and round of a loop')
    .option('--follow', 'show it as it goes on, until it ends')
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExamples:\n  $ runner show 20261122-150538\n  $ runner show 20261122-150538 --follow')
    .action((run: string, flags: ShowFlags) =>
      perform(async () => (await import('../commands/show.ts')).show(context, run, flags)),
    );
  program
    .command('explain')
    .argument('<run>', 'id of the run, or a part of it that no other run has')
    .description('say in three lines why a run stands as it does, what was tried and what to do, and what changed')
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExample:\n  $ runner explain 20261122-150538')
    .action((run: string, flags: { json?: boolean }) =>
      perform(async () => (await import('../commands/explain.ts')).explain(context, run, flags)),
    );
  program
    .command('logs')
    .argument('<run>', 'id of the run, or a part of it that no other run has')
    .description('print what happened in a run, line by line')
    .option('--all', 'every event, also those that only a close look needs')
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExample:\n  $ runner logs 20261122-150538')
    .action((run: string, flags: { all?: boolean; json?: boolean }) =>
      perform(async () => (await import('../commands/logs.ts')).logs(context, run, flags)),
    );
}

function addResume(program: Command, context: CliContext, perform: Perform): void {
  program
    .command('resume')
    .argument('[run]', 'id of the run, or a part of it that no other run has')
    .description('continue a run whose process ended')
    .option('--all', 'continue every interrupted run')
    .option('--force', 'also a run that is quarantined, because it ended its process three times')
    .option('--json', 'print a JSON document')
    .option('--sandbox', 'for a run that began in the sandbox')
    .addHelpText('after', '\nExamples:\n  $ runner resume 20261122-150538\n  $ runner resume --all')
    .action((run: string | undefined, flags: ResumeFlags) =>
      perform(async () => (await import('../commands/resume.ts')).resume(context, run, flags)),
    );
}

function addResolve(program: Command, context: CliContext, perform: Perform): void {
  program
    .command('resolve')
    .argument('<run>', 'id of the run, or a part of it that no other run has')
    .description('say what became of an interrupted call, then continue the run')
    .requiredOption('--step <step>', 'the step that waits for an answer')
    .addOption(
      new Option('--as <verdict>', 'done: it happened; failed: it did not, and shall not; retry: call again')
        .choices(['done', 'failed', 'retry'])
        .makeOptionMandatory(),
    )
    .option('--output <json>', 'the result of a call that is done')
    .option('--json', 'print a JSON document')
    .option('--sandbox', 'for a run that began in the sandbox')
    .addHelpText('after', '\nExample:\n  $ runner resolve 20261122-150538 --step restart --as done')
    .action((run: string, flags: ResolveFlags) =>
      perform(async () => (await import('../commands/resolve.ts')).resolve(context, run, flags)),
    );
}
