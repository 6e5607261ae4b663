import { describe, expect, it } from 'vitest';
import { workflowOf } from '../support/simulator.ts';

describe('what an approval approves', () => {
  it('are the effects that follow it in its list, up to the next approval', async () => {
    const binds = await bindsIn(`
  - approval: First?
  - { id: look, tool: x/get }
  - { id: made, tool: x/create }
  - { id: kid, workflow: other }
  - approval: Second?
  - { id: sent, run: make }
`);

    expect(binds).toEqual([['made', 'kid'], ['sent']]);
  });

  it('are also the effects inside of blocks', async () => {
    const binds = await bindsIn(`
  - approval: First?
  - for_each: [1]
    steps: [{ id: a, tool: x/create }]
  - switch: [{ when: true, steps: [{ id: b, tool: x/create }] }]
  - try: [{ id: c, tool: x/create }]
    catch: [{ steps: [{ id: d, tool: x/create }] }]
    finally: [{ id: e, tool: x/create }]
`);

    expect(binds).toEqual([['step_2[].a', 'step_3[0].b', 'step_4.try.c', 'step_4.catch[0].d', 'step_4.finally.e']]);
  });

  it('are those after the block, where nothing follows it inside', async () => {
    const binds = await bindsIn(`
  - parallel:
      asked: [{ approval: Really? }, { log: Good }]
      other: [{ id: a, tool: x/create }]
  - { id: b, tool: x/create }
`);

    expect(binds).toEqual([['b']]);
  });

  it('go on past an approval that may not be asked', async () => {
    const binds = await bindsIn(`
  - approval: First?
  - if: $run.attempt = 1
    approval: Perhaps?
  - switch: [{ when: true, steps: [{ approval: Perhaps? }] }]
  - { id: made, tool: x/create }
`);

    expect(binds).toEqual([['made'], ['made'], ['made']]);
  });

  it('end at a block in which one is certain to be asked', async () => {
    const binds = await bindsIn(`
  - approval: First?
  - switch: [{ when: true, steps: [{ approval: A? }] }, { else: [{ approval: B? }] }]
  - { id: made, tool: x/create }
`);

    expect(binds).toEqual([undefined, ['made'], ['made']]);
  });
});

/** Of each approval, in the order of the file. */
async function bindsIn(steps: string): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  const workflow = await workflowOf(`steps:${steps}`);
  JSON.stringify(workflow, (_, value: unknown) => {
    if (isApproval(value)) found.push(value.binds);
    return value;
  });
  return found;
}

function isApproval(value: unknown): value is { readonly binds?: unknown } {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'approval';
}
