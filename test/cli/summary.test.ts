import { describe, expect, it } from 'vitest';
import { describeRun } from '../../src/app/run-document.ts';
import { outcomeLines } from '../../src/interfaces/cli/render/summary.ts';
import { createStyle } from '../../src/interfaces/cli/terminal/style.ts';
import { foldRun } from '../../src/model/run-view-fold.ts';
import { fault, type Answer } from '../support/far-side.ts';
import { simulate } from '../support/simulator.ts';

const lost: Answer = { fault: fault('connection', { outcome: 'unknown' }), hasEffect: true };

/** What the summary says of a step whose answer was lost, and whose probe judges `{ state: "booked" }`. */
async function tried(happened: string, probe: Answer): Promise<string> {
  const verify = `{ tool: s/get_x, retry: none, happened: "${happened}" }`;
  const steps = `  - { id: a, tool: s/create_x, retry: none, verify: ${verify} }`;
  const simulation = await simulate(steps, { script: { 's/create_x': [lost], 's/get_x': [probe] } });
  await simulation.run();
  const view = foldRun(simulation.events(), simulation.workflow);
  const run = describeRun({ id: 'run-1', view, status: view.status, now: simulation.clock.now() });
  return outcomeLines(run, view, createStyle(false)).find((line) => line.includes('tried')) ?? '';
}

describe('the summary of a failed run', () => {
  it.each([
    ["$result.state = 'paid'", 'verify says that it has not happened'],
    ['$result.state', 'verify answered, but `happened` gave neither true nor false'],
  ])('tells what the probe of a lost answer said by %s', async (happened, text) => {
    expect(await tried(happened, { output: { state: 'booked' } })).toContain(text);
  });

  it('tells that the probe failed', async () => {
    const broken = fault('tool_error', { outcome: 'failed', transient: false });

    expect(await tried('true', { fault: broken })).toContain('verify failed (tool_error)');
  });
});
