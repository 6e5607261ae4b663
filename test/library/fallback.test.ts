import { describe, expect, it } from 'vitest';
import { StandIns } from '../../src/app/stand-ins.ts';
import { libraryProject } from '../support/library.ts';

const restart = 'render/render_restart_service';
const heal = `
name: heal
steps:
  - { tool: ${restart}, params: { serviceId: srv-1 } }
  - { tool: slack/post_message, params: { text: 'Restart: $step_1.state' } }
`;

describe('a registered fallback', () => {
  it('answers for a tool whose call has failed for good', async () => {
    const { runner } = await libraryProject(() => ({ status: 400 }));
    runner.registerFallback('render', 'render_restart_service', async ({ serviceId }) => ({
      queued: serviceId ?? null,
    }));

    const answer = await runner.call(restart, { serviceId: 'srv-1' });

    expect(answer).toMatchObject({ success: true, fallbackUsed: true, result: { queued: 'srv-1' } });
  });

  it('is asked only after all repetitions', async () => {
    let asked = 0;
    const { runner, bridge } = await libraryProject(() => ({ status: 503 }));
    runner.registerFallback('render', 'render_get_service', () => void (asked += 1));

    await runner.call('render/render_get_service');

    expect(bridge.calls).toHaveLength(4);
    expect(asked).toBe(1);
  });

  it('is not asked where the call succeeds', async () => {
    const { runner } = await libraryProject(() => ({ result: 'done' }));
    runner.registerFallback('render', 'render_restart_service', () => 'queued');

    expect(await runner.call(restart)).toMatchObject({ result: 'done', fallbackUsed: false });
  });

  it('stands in for steps of workflows and chains', async () => {
    const { runner, bridge } = await libraryProject(
      ({ server }) => (server === 'render' ? { status: 400 } : { result: 'ok' }),
      { 'workflows/heal.yaml': heal },
    );
    runner.registerFallback('render', 'render_restart_service', () => ({ state: 'queued' }));

    const run = await runner.run('heal');
    const chain = await runner.chain('mend', [['render', 'render_restart_service', { serviceId: 'srv-1' }]]);

    expect(run.steps[0]).toMatchObject({ status: 'succeeded', fallbackUsed: true });
    expect(bridge.calls.find(({ server }) => server === 'slack')?.params).toEqual({ text: 'Restart: queued' });
    expect(chain).toMatchObject({ success: true, output: { state: 'queued' } });
  });

  it('comes after the fallbacks of the step itself', async () => {
    const own = 'name: own\nsteps:\n  - { tool: a/send, fallback: [{ value: own }] }\n';
    const { runner } = await libraryProject(() => ({ status: 400 }), { 'workflows/own.yaml': own });
    runner.registerFallback('a', 'send', () => 'registered');

    expect(await runner.run('own')).toMatchObject({ output: 'own' });
  });

  it('is logged beside its tool', async () => {
    const { runner } = await libraryProject(() => ({ status: 400 }));
    runner.registerFallback('a', 'send', () => 'queued');

    const { executionId } = await runner.call('a/send', { n: 1 });

    expect(await runner.history({ server: 'a' })).toMatchObject([
      { executionId, tool: '(fallback) send', params: { n: 1 }, success: true, fallbackUsed: true },
      { tool: 'send', success: false, fallbackUsed: false },
    ]);
  });

  it('that throws, or answers what JSON cannot carry, lets the fault of the tool stand', async () => {
    const { runner } = await libraryProject(() => ({ status: 400 }));
    runner.registerFallback('a', 'send', () => Promise.reject(new Error('no queue')));
    runner.registerFallback('a', 'post', () => 1n as never);

    expect(await runner.call('a/send')).toMatchObject({ success: false, error: { code: 'http.400' } });
    expect(await runner.call('a/post')).toMatchObject({ success: false, error: { code: 'http.400' } });
  });

  it('that writes is not asked where the tool may have done its work', async () => {
    const { runner } = await libraryProject(() => 'hang up');
    runner.registerFallback('a', 'send', () => 'sent by other means');

    expect(await runner.call('a/send')).toMatchObject({ success: false, error: { outcome: 'unknown' } });
  });

  it('that says that it only reads is asked there too', async () => {
    const { runner } = await libraryProject(() => 'hang up');
    runner.registerFallback('a', 'send', () => 'noted', { effect: 'read' });

    expect(await runner.call('a/send')).toMatchObject({ success: true, result: 'noted' });
  });

  it('is given up with the run', async () => {
    const { runner } = await libraryProject(() => ({ status: 400 }));
    const abort = new AbortController();
    runner.registerFallback('a', 'send', () => {
      abort.abort();
      return new Promise(() => undefined);
    });

    const answer = await runner.call('a/send', {}, { signal: abort.signal });

    expect(answer).toMatchObject({ success: false, error: { code: 'http.400' } });
  });

  it('is not known to another process', async () => {
    const context = { idempotencyKey: 'k', run: 'r', step: 's', attempt: 1 };
    const action = { kind: 'tool', server: 'a', tool: '(fallback) send', params: {} } as const;
    const never = { call: () => Promise.reject(new Error('a server was asked')) };

    const result = await new StandIns().connector(never).call(action, context, new AbortController().signal);

    expect(result).toMatchObject({ ok: false, fault: { kind: 'unknown_tool', outcome: 'not_executed' } });
  });
});
