import { describe, expect, it } from 'vitest';
import { LiveProgress } from '../../src/interfaces/cli/progress/live-progress.ts';
import { createStyle } from '../../src/interfaces/cli/terminal/style.ts';
import type { Terminal } from '../../src/interfaces/cli/terminal/terminal.ts';
import { displayWidth } from '../../src/interfaces/cli/terminal/width.ts';
import type { RunEvent } from '../../src/model/events.ts';
import type { Step, Workflow } from '../../src/model/workflow.ts';

const runId = '20261122-150538-k3f9x2ab';

function step(key: string): Step {
  return {
    kind: 'tool',
    key,
    line: 3,
    continueOnError: false,
    references: [],
    server: 'render',
    tool: 'render_restart_service',
    params: { kind: 'literal', value: {} },
    effect: 'write',
    attemptTimeoutMs: 30_000,
    retry: { max: 3, delayMs: 1_000, backoff: 'constant', factor: 1, maxDelayMs: 1_000, jitter: 'none', own: true },
    fallback: [],
    onInterrupt: 'ask',
  };
}

function workflowOf(...keys: string[]): Workflow {
  return {
    irVersion: 1,
    name: 'recovery',
    hash: 'h',
    file: 'workflows/recovery.yaml',
    labels: {},
    inputs: {},
    failFast: true,
    steps: keys.map(step),
    onFailure: [],
    finally: [],
  };
}

const action = { kind: 'tool', server: 'render', tool: 'render_restart_service', params: {} } as const;

function started(key: string, at: number): RunEvent {
  return { type: 'step.started', at, key, kind: 'tool', action };
}

function intended(key: string, at: number): RunEvent {
  return { type: 'attempt.intended', at, key, effect: 'write', idempotencyKey: 'k' };
}

const escape = '\u001B';
const controls = new RegExp(`(\\n|\\r|${escape}\\[\\d*[AJ])`);

/** A terminal that shows what a person would see: it knows line feeds, carriage returns, up, and erase below. */
class Screen {
  lines: string[] = [''];
  row = 0;
  column = 0;

  draw(text: string): void {
    for (const part of text.split(controls)) {
      const up = /\[(\d+)A$/.exec(part);
      if (part === '\n') this.#feed();
      else if (part === '\r') this.column = 0;
      else if (up) this.row -= Number(up[1]);
      else if (part === `${escape}[J`) this.#eraseBelow();
      else this.#put(part);
    }
  }

  #feed(): void {
    this.row += 1;
    this.column = 0;
    this.lines[this.row] ??= '';
  }

  #eraseBelow(): void {
    this.lines[this.row] = (this.lines[this.row] ?? '').slice(0, this.column);
    this.lines.length = this.row + 1;
  }

  #put(text: string): void {
    const line = this.lines[this.row] ?? '';
    this.lines[this.row] = line.slice(0, this.column) + text + line.slice(this.column + text.length);
    this.column += text.length;
  }
}

function watch(columns = 80) {
  const screen = new Screen();
  const terminal: Terminal = {
    style: createStyle(false),
    noteStyle: createStyle(false),
    live: true,
    asks: false,
    annotates: false,
    columns: () => columns,
    tableColumns: () => columns,
    print: () => undefined,
    note: () => undefined,
    draw: (text) => screen.draw(text),
    json: () => undefined,
    jsonLine: () => undefined,
    redactWith: () => undefined,
  };
  let now = 0;
  const progress = new LiveProgress(terminal, () => now);
  const begin = (workflow: Workflow): void =>
    progress.begins({ id: runId, workflow, sandbox: false, dryRun: false, history: [] });
  return { screen, progress, begin, at: (ms: number) => void (now = ms) };
}

describe('the live picture of a run', () => {
  it('shows the step under way below the steps that have ended', () => {
    const { screen, progress, begin, at } = watch();
    begin(workflowOf('status', 'restart'));
    at(1_500);

    progress.events([
      started('status', 0),
      { type: 'step.ended', at: 900, key: 'status', kind: 'tool', status: 'succeeded', attempts: 1, durationMs: 900 },
      started('restart', 1_000),
      intended('restart#1', 1_000),
    ]);
    progress.ends();
    const ended = [...screen.lines];

    expect(ended).toEqual([`recovery  run ${runId}`, '✓ status   900ms  render/render_restart_service', '']);
  });

  it('redraws the step under way in place', () => {
    const { screen, progress, begin, at } = watch();
    begin(workflowOf('restart'));
    progress.events([started('restart', 0), intended('restart#1', 0)]);
    at(2_000);

    progress.events([
      {
        type: 'attempt.ended',
        at: 1_000,
        key: 'restart#1',
        durationMs: 1_000,
        fault: { kind: 'http.503', message: 'busy', outcome: 'unknown', transient: true },
      },
      { type: 'timer.set', at: 1_000, key: 'restart#1', due: 10_000, reason: 'retry' },
    ]);
    const active = screen.lines.at(-1);
    progress.ends();

    expect(screen.lines).toHaveLength(2);
    expect(active).toBe('⠋ restart  attempt 2/4  tries again in 8.0s  2.0s  render/render_restart_servi…');
  });

  it('says how far the call under way has come, until its attempt ends', () => {
    const { screen, progress, begin } = watch();
    begin(workflowOf('copy'));
    progress.events([started('copy', 0), intended('copy#1', 0)]);

    progress.progress('copy', { progress: 3, total: 10, message: 'moving\u001b[2J' });
    progress.note('Stopping.');
    const active = screen.lines.at(-1);
    progress.events([{ type: 'attempt.ended', at: 0, key: 'copy#1', durationMs: 1 }, intended('copy#2', 0)]);
    const next = screen.lines.at(-1);
    progress.ends();

    expect(active).toBe('⠋ copy  3 of 10, moving\\u001b[2J  0ms  render/render_restart_service');
    expect(next).toBe('⠋ copy  attempt 2/4  0ms  render/render_restart_service');
  });

  it.each([80, 40, 20, 8, 1])('never draws a line that wraps in %i columns', (columns) => {
    const { screen, progress, begin } = watch(columns);
    begin(workflowOf('配置を更新する長い名前のステップ'));

    progress.events([started('配置を更新する長い名前のステップ', 0)]);
    const active = screen.lines.at(-1) ?? '';
    progress.ends();

    expect(displayWidth(active)).toBeLessThan(Math.max(2, columns));
  });

  it('keeps lines of log steps, and escapes what could steer the terminal', () => {
    const { screen, progress, begin } = watch();
    begin(workflowOf('say'));

    progress.events([{ type: 'log.written', at: 0, key: 'say', level: 'info', text: 'done \u001b[2J' }]);
    progress.ends();

    expect(screen.lines).toContain('│ say: done \\u001b[2J');
  });

  it('stays off the screen while somebody is asked, and then tells what came meanwhile', () => {
    const { screen, progress, begin } = watch();
    begin(workflowOf('restart'));
    progress.events([started('restart', 0)]);

    progress.pause();
    progress.note('Stopping.');
    const asked = [...screen.lines];
    progress.resume();
    const resumed = [...screen.lines];
    progress.ends();

    expect(asked).toEqual([`recovery  run ${runId}`, '']);
    expect(resumed.slice(1)).toEqual(['Stopping.', expect.stringContaining('⠋ restart')]);
  });

  it('leaves the cursor at the beginning of a free line', () => {
    const { screen, progress, begin } = watch();
    begin(workflowOf('restart'));
    progress.events([started('restart', 0)]);

    progress.ends();
    progress.ends();

    expect([screen.lines[screen.row], screen.column]).toEqual(['', 0]);
  });
});
