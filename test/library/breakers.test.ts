import { describe, expect, it } from 'vitest';
import { libraryProject } from '../support/library.ts';

const guarded = `
name: guarded
steps:
  - { tool: render/get_service, retry: none, cache: none, circuit_breaker: { failures: 1, open_for: 1h } }
`;
const files = { 'workflows/guarded.yaml': guarded };

describe('the circuits of a project', () => {
  it('are listed with what opened them', async () => {
    const { runner } = await libraryProject(() => ({ status: 503 }), files);
    await runner.run('guarded');

    const [circuit] = await runner.breakers();

    expect(circuit).toMatchObject({ key: 'render/get_service', state: 'open', failures: 1, openedBy: null });
    expect(Number(circuit?.nextProbe) - Number(circuit?.since)).toBe(3_600_000);
  });

  it('are opened by hand for all runners, and closed', async () => {
    const { runner, another, bridge } = await libraryProject(() => ({ result: 'up' }), files);
    await another().openBreaker('render/get_service', { for: '10m', by: 'ann' });

    const refused = await runner.run('guarded');
    const wasKnown = await runner.closeBreaker('render/get_service');
    const made = await runner.run('guarded');

    expect(refused.error).toMatchObject({ code: 'circuit_open', message: expect.stringContaining('opened by ann') });
    expect([wasKnown, made.success, bridge.calls.length]).toEqual([true, true, 1]);
    expect(await runner.closeBreaker('render/get_service')).toBe(false);
  });

  it('are not opened for what is no length of time', async () => {
    const { runner } = await libraryProject(() => ({ result: 'up' }), files);

    await expect(runner.openBreaker('render/get_service', { for: 'a while' })).rejects.toMatchObject({ code: 'USAGE' });
    expect(await runner.breakers()).toEqual([]);
  });
});
