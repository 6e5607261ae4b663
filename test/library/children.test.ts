import { describe, expect, it } from 'vitest';
import { libraryProject } from '../support/library.ts';

describe('a workflow of the project that starts others', () => {
  it('is checked with them before anything runs', async () => {
    const { runner } = await libraryProject(() => 'silence', {
      'workflows/parent.yaml': 'steps: [{ log: x }, { workflow: child, inputs: { serv: a } }]\n',
      'workflows/child.yaml': 'inputs: { service: string }\nsteps: [{ log: $service }]\n',
    });

    await expect(runner.run('parent')).rejects.toMatchObject({
      code: 'WORKFLOW_INVALID',
      diagnostics: expect.arrayContaining([
        expect.objectContaining({ code: 'INPUT_UNKNOWN', file: 'workflows/parent.yaml', line: 1 }),
      ]) as unknown,
    });
  });
});
