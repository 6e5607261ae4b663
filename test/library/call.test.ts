import { describe, expect, it } from 'vitest';
import { RunnerError } from '../../src/interfaces/library/index.ts';
import { libraryProject } from '../support/library.ts';

function usage(text: string) {
  return { code: 'USAGE', message: expect.stringContaining(text) as string };
}

describe('what JSON cannot hold, and what is no setting', () => {
  it('is refused before anything happens', async () => {
    const { runner, bridge } = await libraryProject(() => ({ result: 1 }));
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const register = runner.registerFallback.bind(runner) as (...given: readonly unknown[]) => void;

    await expect(runner.call('a/get_b', circle as never)).rejects.toMatchObject(usage('a circle of references'));
    await expect(runner.run('any', { n: 1n } as never)).rejects.toMatchObject(usage('a BigInt'));
    await expect(runner.setCacheEnabled('yes' as never)).rejects.toMatchObject(usage('takes true or false'));
    expect(() => register('a', '', () => 1)).toThrow(expect.objectContaining(usage('a name, and not ""')));
    expect(() => register('a', 'b', 5)).toThrow(expect.objectContaining(usage('a function')));
    expect(bridge.calls).toEqual([]);
  });
});

describe('a call', () => {
  it('gives the result of the tool, with what it took', async () => {
    const { runner } = await libraryProject(() => ({ result: { state: 'live' } }));

    const answer = await runner.call('render/render_get_service', { serviceId: 'srv-1' });

    expect(answer).toMatchObject({
      success: true,
      result: { state: 'live' },
      error: null,
      cached: false,
      retryCount: 0,
      fallbackUsed: false,
      sandbox: false,
    });
  });

  it('is found in the history under its execution id', async () => {
    const { runner } = await libraryProject(() => ({ result: 1 }));

    const { executionId } = await runner.call('render/render_get_service', { serviceId: 'srv-1' });

    const [latest] = await runner.history({ limit: 1 });
    expect(latest).toMatchObject({ executionId, server: 'render', tool: 'render_get_service', success: true });
  });

  it('sends parameters as they are: nothing in them is a reference', async () => {
    const { runner, bridge } = await libraryProject(() => ({ result: 1 }));

    await runner.call('slack/post_message', { text: '$total of ${{ 1 + 1 }}' });

    expect(bridge.calls[0]?.params).toEqual({ text: '$total of ${{ 1 + 1 }}' });
  });

  it('obeys the policies that the project has for its tool', async () => {
    const { runner, bridge } = await libraryProject(() => ({ status: 503 }), {
      'runner.yaml': 'policies: { "render/get_*": { retry: 1 }, "render/*": { retry: none } }\n',
    });

    const one = await runner.call('render/get_service');
    const other = await runner.call('render/list_services');

    expect([one.retryCount, other.retryCount, bridge.calls.length]).toEqual([1, 0, 3]);
  });

  it('is not cached where the project says so, unless the call itself does', async () => {
    const { runner, bridge } = await libraryProject(() => ({ result: 1 }), {
      'runner.yaml': 'policies: { "render/*": { cache: none } }\n',
    });

    await runner.call('render/get_service');
    await runner.call('render/get_service');

    expect(bridge.calls).toHaveLength(2);
  });

  it('leaves no run behind', async () => {
    const { runner } = await libraryProject(() => ({ result: 1 }));

    await runner.call('render/render_get_service');

    expect(await runner.performance()).toMatchObject({ runs: 0, totalExecutions: 1 });
  });

  it('that fails is a value, with a code', async () => {
    const { runner } = await libraryProject(() => ({ status: 400 }));

    const answer = await runner.call('slack/post_message');

    expect(answer).toMatchObject({ success: false, result: null, error: { code: 'http.400', outcome: 'failed' } });
  });

  it('of a read is repeated after a fault that passes', async () => {
    const faults = [503, 503];
    const { runner } = await libraryProject(() => {
      const status = faults.pop();
      return status === undefined ? { result: 'up' } : { status };
    });

    expect(await runner.call('render/render_get_service')).toMatchObject({ result: 'up', retryCount: 2 });
  });

  it('of something that names no tool is refused before anything is sent', async () => {
    const { runner, bridge } = await libraryProject(() => ({ result: 1 }));

    const refused = runner.call('render_get_service');

    await expect(refused).rejects.toMatchObject({ code: 'TOOL_NAME_INVALID' });
    await expect(refused).rejects.toBeInstanceOf(RunnerError);
    expect(bridge.calls).toEqual([]);
  });

  it('is ended by its signal', async () => {
    const { runner, bridge } = await libraryProject(() => 'silence');
    const abort = new AbortController();

    const called = runner.call('slack/post_message', {}, { signal: abort.signal });
    await bridge.arrived(1);
    abort.abort();

    expect(await called).toMatchObject({ success: false, error: { code: 'cancelled', outcome: 'unknown' } });
  });

  it('does not begin once its signal has aborted', async () => {
    const { runner, bridge } = await libraryProject(() => ({ result: 1 }));
    const reason = new Error('too late');

    await expect(runner.call('a/b', {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(bridge.calls).toEqual([]);
  });
});

describe('the cache of calls', () => {
  const read = 'render/render_get_service';

  it('answers a read that was made before', async () => {
    const { runner, bridge } = await libraryProject(() => ({ result: { state: 'live' } }));

    await runner.call(read, { serviceId: 'srv-1' });
    const second = await runner.call(read, { serviceId: 'srv-1' });

    expect(second).toMatchObject({ cached: true, result: { state: 'live' } });
    expect(bridge.calls).toHaveLength(1);
  });

  it('lets equal reads at the same time share one call', async () => {
    const { runner, bridge } = await libraryProject(() => ({ result: 1 }));

    const answers = await Promise.all(Array.from({ length: 20 }, () => runner.call(read)));

    expect(answers.filter(({ cached }) => cached)).toHaveLength(19);
    expect(bridge.calls).toHaveLength(1);
  });

  it('is left out where the call says so', async () => {
    const { runner, bridge } = await libraryProject(() => ({ result: 1 }));

    await runner.call(read);
    await runner.call(read, {}, { cache: false });

    expect(bridge.calls).toHaveLength(2);
  });

  it('keeps a result no longer than the call says', async () => {
    const { runner, bridge } = await libraryProject(() => ({ result: 1 }));

    await runner.call(read, {}, { cacheTtl: 0 });
    await runner.call(read, {}, { cacheTtl: '0s' });

    expect(bridge.calls).toHaveLength(2);
  });

  it('refuses a time that is none', async () => {
    const { runner } = await libraryProject(() => ({ result: 1 }));

    await expect(runner.call(read, {}, { cacheTtl: 'soon' })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(runner.call(read, {}, { cacheTtl: -1 })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('never keeps a write', async () => {
    const { runner, bridge } = await libraryProject(() => ({ result: 1 }));

    await runner.call('stripe/createCustomer', {}, { cacheTtl: 600 });
    await runner.call('stripe/createCustomer', {}, { cacheTtl: 600 });

    expect(bridge.calls).toHaveLength(2);
  });

  it('is switched off and on at once', async () => {
    const { runner, bridge } = await libraryProject(() => ({ result: 1 }));
    await runner.call(read);

    expect(await runner.setCacheEnabled(false)).toBe(false);
    expect(await runner.call(read)).toMatchObject({ cached: false });
    expect(await runner.setCacheEnabled(true)).toBe(true);
    expect(await runner.call(read)).toMatchObject({ cached: true });
    expect(bridge.calls).toHaveLength(2);
  });

  it('forgets the results of one tool, or all', async () => {
    const { runner, bridge } = await libraryProject(() => ({ result: 1 }));
    await runner.call(read);
    await runner.call('github/listIssues');

    expect(await runner.clearCache({ server: 'render' })).toBe(1);
    expect(await runner.clearCache()).toBe(1);

    await runner.call(read);
    expect(bridge.calls).toHaveLength(3);
  });
});
