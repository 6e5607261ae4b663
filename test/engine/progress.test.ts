import { describe, expect, it } from 'vitest';
import { simulate } from '../support/simulator.ts';

const copying = { progress: 3, total: 10, message: 'copying' };

describe('the progress of a call', () => {
  it('is told to those who listen, and is no event of the run', async () => {
    const simulation = await simulate('  - { id: copy, tool: s/copy_x }', {
      script: { 's/copy_x': [{ output: 1, reports: [copying] }] },
    });
    const { engine } = simulation.boot();
    const told: unknown[] = [];
    engine.onProgress((run, step, progress) => void told.push([run, step, progress]));

    const handle = await simulation.start(engine);
    await simulation.finish(handle);

    expect(told).toEqual([[handle.id, 'copy', copying]]);
    expect(JSON.stringify(simulation.journal.events(handle.id))).not.toContain('copying');
  });

  it('is not asked for where nobody listens', async () => {
    const simulation = await simulate('  - { id: copy, tool: s/copy_x }', {});
    const { engine } = simulation.boot();
    engine.onProgress(() => undefined)();

    await simulation.finish(await simulation.start(engine));

    expect(simulation.farSide.calls[0]?.context).not.toHaveProperty('report');
  });
});
