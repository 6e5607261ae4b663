import { describe, expect, it } from 'vitest';
import { workflowOf } from '../support/simulator.ts';

describe('a step that keeps a value', () => {
  it('gets one, with what it gives where there is none', async () => {
    expect(await only('{ get: last_seen, default: 0, schema: integer }')).toMatchObject({
      kind: 'state',
      operation: 'get',
      name: { kind: 'literal', value: 'last_seen' },
      default: { kind: 'literal', value: 0 },
      schema: { type: 'integer' },
      scope: 'workflow',
    });
  });

  it('puts one under a computed name, for a while', async () => {
    expect(await only('{ put: "seen of ${n}", value: $n, expires: 7d, scope: project }')).toMatchObject({
      operation: 'put',
      name: { kind: 'template' },
      value: { kind: 'path', slot: 'input:n' },
      expiresMs: 604_800_000,
      scope: 'project',
    });
  });

  it('deletes one, and says whether there was one', async () => {
    const text = 'steps: [{ id: gone, state: { delete: a } }, { set: { was: $gone.deleted } }]\n';

    expect((await workflowOf(text)).steps[0]).toMatchObject({ operation: 'delete' });
  });
});

async function only(state: string) {
  return (await workflowOf(`inputs: { n: integer }\nsteps:\n  - state: ${state}\n`)).steps[0];
}
