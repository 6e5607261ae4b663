import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadWorkflow } from '../../src/language/load.ts';
import { loadProjectConfig } from '../../src/language/project-config.ts';

const page = readFileSync('docs/policies.md', 'utf8');
const snippets = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((found) => found[1] ?? '');

describe('docs/policies.md', () => {
  it.each(snippets)('shows a file without faults: %#', async (text) => {
    const bytes = new TextEncoder().encode(text);
    const { diagnostics } = text.startsWith('# runner.yaml')
      ? await loadProjectConfig(bytes, { file: 'runner.yaml', env: {} })
      : await loadWorkflow(bytes, { file: 'flow.yaml' });

    expect(diagnostics).toEqual([]);
  });
});
