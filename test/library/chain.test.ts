import { describe, expect, it } from 'vitest';
import type { ChainStep } from '../../src/interfaces/library/index.ts';
import { libraryProject } from '../support/library.ts';
import type { BridgeCall } from '../support/small-bridge.ts';

function echo({ tool, params }: BridgeCall) {
  return { result: { id: `${tool}-1`, ...params } };
}

describe('a chain', () => {
  it('hands results on from step to step', async () => {
    const { runner, bridge } = await libraryProject(echo);

    const answer = await runner.chain('onboarding', [
      ['stripe', 'createCustomer', { email: 'a@example.com' }],
      { tool: 'stripe/createSubscription', id: 'subscription', params: { customer: '$step_1.id' } },
      ['slack', 'post_message', { text: 'Customer $step_1.id has $subscription.id', of: ['$last_result.customer'] }],
    ]);

    expect(bridge.calls.map(({ params }) => params)).toEqual([
      { email: 'a@example.com' },
      { customer: 'createCustomer-1' },
      { text: 'Customer createCustomer-1 has createSubscription-1', of: ['createCustomer-1'] },
    ]);
    expect(answer).toMatchObject({ success: true, workflow: 'onboarding', totalSteps: 3, completedSteps: 3 });
  });

  it('gives the last result as its output, and every step with its own', async () => {
    const { runner } = await libraryProject(echo);

    const { output, steps } = await runner.chain('two', [
      ['a', 'first'],
      ['a', 'second', { from: '$step_1.id' }],
    ]);

    expect(output).toEqual({ id: 'second-1', from: 'first-1' });
    expect(steps.map(({ key, status }) => [key, status])).toEqual([
      ['step_1', 'succeeded'],
      ['step_2', 'succeeded'],
    ]);
  });

  it('never reads an input as a reference', async () => {
    const { runner, bridge } = await libraryProject(echo);

    await runner.chain('mail', [['slack', 'post_message', { text: '$text', user: '$user.name' }]], {
      inputs: { text: '$step_1.id ${{ 1 + 1 }}', user: { name: '$text' } },
    });

    expect(bridge.calls[0]?.params).toEqual({ text: '$step_1.id ${{ 1 + 1 }}', user: '$text' });
  });

  it('ends with its first failure', async () => {
    const { runner, bridge } = await libraryProject(() => ({ status: 400 }));

    const answer = await runner.chain('stops', [
      ['a', 'first'],
      ['a', 'second'],
    ]);

    expect(answer).toMatchObject({ success: false, status: 'failed', error: { step: 'step_1', code: 'http.400' } });
    expect(bridge.calls).toHaveLength(1);
  });

  it('goes on with what does not need the failed step, where it is told to', async () => {
    const { runner, bridge } = await libraryProject((call) => (call.tool === 'first' ? { status: 400 } : echo(call)));
    const steps: ChainStep[] = [
      ['a', 'first'],
      ['a', 'second', { from: '$step_1.id' }],
      ['a', 'third'],
    ];

    const answer = await runner.chain('goes_on', steps, { failFast: false });

    expect(bridge.calls.map(({ tool }) => tool)).toEqual(['first', 'third']);
    expect(answer.steps.map(({ status }) => status)).toEqual(['failed', 'skipped', 'succeeded']);
    expect(answer.success).toBe(false);
  });

  it('leaves a run behind, whose calls name it', async () => {
    const { runner } = await libraryProject(echo);

    const { runId } = await runner.chain('once', [['a', 'first']]);

    expect(await runner.performance()).toMatchObject({ runs: 1 });
    expect(await runner.history({ runId })).toMatchObject([{ runId, step: 'step_1', tool: 'first' }]);
  });

  it.each<[why: string, steps: readonly ChainStep[], message: RegExp]>([
    ['names a step that is not there', [['a', 'b', { id: '$step_7.id' }]], /\$step_7/],
    ['names something unknown', [['a', 'b', { id: '$nobody.id' }]], /\$nobody/],
    ['holds JSONata', [['a', 'b', { sum: '${{ 1 + 1 }}' }]], /takes no/],
    ['holds JSONata deep inside', [['a', 'b', { list: [{ text: 'is ${{ 1 + 1 }}' }] }]], /takes no/],
    ['has no steps', [], /empty/],
    ['has a step of another kind', [{ tool: 'a/b', if: 'true' } as never], /"if"/],
    ['has a tuple that is too long', [['a', 'b', {}, {}] as never], /none of/],
  ])('that %s is refused before its first call', async (_why, steps, message) => {
    const { runner, bridge } = await libraryProject(echo);

    await expect(runner.chain('wrong', steps)).rejects.toThrow(message);
    expect(bridge.calls).toEqual([]);
  });

  it('that cannot have its name is refused', async () => {
    const { runner } = await libraryProject(echo);

    await expect(runner.chain('My chain', [['a', 'b']])).rejects.toMatchObject({ code: 'WORKFLOW_INVALID' });
  });
});
