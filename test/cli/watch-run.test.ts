import { describe, expect, it } from 'vitest';
import type { RunInfo } from '../../src/app/active-run.ts';
import { watchRun } from '../../src/interfaces/cli/watch-run.ts';
import { createTerminal } from '../../src/interfaces/cli/terminal/terminal.ts';
import { RunnerError } from '../../src/model/errors.ts';
import { leaseLost } from '../../src/model/ownership.ts';
import { workflow } from '../support/sample-run.ts';

/** What a person sees of a run that this process can no longer carry on. */
async function noted(fault: RunnerError, options: { readonly leavesRun?: boolean } = {}): Promise<string> {
  let stderr = '';
  const write = (text: string): unknown => (stderr += text);
  const terminal = createTerminal({ stdout: { write }, stderr: { write } }, {});
  const info: RunInfo = { id: 'run-1', workflow, sandbox: false, dryRun: false, history: [] };
  const run = {
    id: 'run-1',
    info,
    done: Promise.reject(fault),
    cancel: () => undefined,
    pause: () => undefined,
    park: () => undefined,
    decide: () => undefined,
    stop: () => undefined,
    hidden: () => [],
  };
  await expect(watchRun({ terminal, ...options }, () => Promise.resolve(run))).rejects.toBe(fault);
  return stderr;
}

describe('a run that its process has to leave', () => {
  const full = new RunnerError('STORAGE_FULL', 'The disk is full.');

  it('is said to wait for a resume', async () => {
    expect(await noted(full)).toContain('continue it with: runner resume run-1');
  });

  it('is not to be resumed where another process has it', async () => {
    expect(await noted(leaseLost('run-1', 1))).toBe('');
    expect(leaseLost('run-1', 1).hint).toContain('runner show run-1');
  });

  it('is not to be resumed where it was a single call', async () => {
    expect(await noted(full, { leavesRun: false })).toBe('');
  });
});
