import { describe, expect, it } from 'vitest';
import { withWrittenSecrets } from '../../src/language/written-secrets.ts';

async function linesWithSecrets(text: string): Promise<readonly number[]> {
  const found = await withWrittenSecrets({ file: 'flow.yaml', kind: 'workflow', text, diagnostics: [] });
  return found.map(({ line }) => line);
}

describe('the search for credentials in a file', () => {
  it('knows a key whose name is written with escapes', async () => {
    const lines = await linesWithSecrets('name: flow\nsteps:\n  - set: { "pass\\u0077ord": "q7!Jx-é9zW" }\n');

    expect(lines).toEqual([3]);
  });

  it('finds nothing in a file that names no credential', async () => {
    expect(await linesWithSecrets('name: flow\nsteps:\n  - set: { region: "q7!Jx-é9zW" }\n')).toEqual([]);
  });
});
