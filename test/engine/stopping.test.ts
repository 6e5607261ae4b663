import { describe, expect, it } from 'vitest';
import { RunnerError } from '../../src/model/errors.ts';
import { simulate } from '../support/simulator.ts';

describe('a run that is stopped during a call', () => {
  it('has the call in the execution log', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x }\n  - { id: b, tool: s/create_y }', {
      script: { 's/create_x': [{ output: 1, latency: 5_000 }] },
    });
    const handle = await simulation.start(simulation.boot().engine);
    await simulation.clock.advance(1_000);

    handle.stop();
    await simulation.finish(handle);

    expect(simulation.telemetry.executions({ limit: 10 })).toMatchObject([
      { step: 'a', tool: 'create_x', success: true },
    ]);
  });

  it('forgets the cached reads of the server where it wrote', async () => {
    const simulation = await simulate(
      `
  - { id: a, tool: s/get_x, cache: { scope: project } }
  - { id: b, tool: s/create_y }
  - { id: pause, wait: 1s }
  - { id: c, tool: s/get_x, cache: { scope: project } }
`,
      { script: { 's/create_y': [{ output: 1, latency: 5_000 }] } },
    );
    const handle = await simulation.start(simulation.boot().engine);
    await simulation.clock.advance(1_000);
    handle.stop();
    await simulation.finish(handle);

    await simulation.continueRun();

    expect(simulation.farSide.calls.map(({ target }) => target)).toEqual(['s/get_x', 's/create_y', 's/get_x']);
  });
});

describe('a journal that cannot be asked for requests', () => {
  it('neither ends the process nor the run', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x }', {
      script: { 's/create_x': [{ output: 1, latency: 5_000 }] },
    });
    const asked = new Promise<void>((resolve) => {
      simulation.journal.takeRequests = () => {
        resolve();
        throw new RunnerError('STORAGE_UNUSABLE', 'The disk cannot be read.');
      };
    });
    const handle = await simulation.start(simulation.boot().engine);

    await asked;

    expect(await simulation.finish(handle)).toMatchObject({ status: 'succeeded' });
  });
});
