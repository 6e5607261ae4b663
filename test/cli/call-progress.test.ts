import { describe, expect, it } from 'vitest';
import { createPlainProgress } from '../../src/interfaces/cli/progress/plain-progress.ts';
import { progressText } from '../../src/interfaces/cli/progress/progress-text.ts';
import { createTerminal } from '../../src/interfaces/cli/terminal/terminal.ts';

function written(now: () => number = () => 0) {
  const lines: string[] = [];
  const stderr = { write: (text: string) => lines.push(text) };
  const watcher = createPlainProgress(createTerminal({ stdout: stderr, stderr }, {}), now);
  return { lines, watcher };
}

describe('the progress of a call', () => {
  it.each([
    [{ progress: 3, total: 10, message: 'copying' }, '3 of 10, copying'],
    [{ progress: 3, total: 10 }, '3 of 10'],
    [{ progress: 0.666_666, message: '' }, '0.67'],
  ])('%j reads %s', (progress, text) => {
    expect(progressText(progress)).toBe(text);
  });

  it('is a line at a time where lines are not redrawn, however much is told', () => {
    let at = 0;
    const { lines, watcher } = written(() => at);

    for (let progress = 1; progress <= 10_000; progress += 1) watcher.progress?.('copy', { progress, total: 20_000 });
    watcher.progress?.('other', { progress: 1 });
    at = 10_000;
    watcher.progress?.('copy', { progress: 12_000, total: 20_000 });

    expect(lines).toEqual(['copy: 1 of 20000\n', 'other: 1\n', 'copy: 12000 of 20000\n']);
  });

  it('cannot steer the terminal', () => {
    const { lines, watcher } = written();

    watcher.progress?.('copy', { progress: 1, message: 'half\u001B[2J\nRun succeeded' });

    expect(lines).toEqual(['copy: 1, half\\u001b[2J\\nRun succeeded\n']);
  });
});
