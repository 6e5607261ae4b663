import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadProjectConfig } from '../../src/language/project-config.ts';

const page = readFileSync('docs/mcp.md', 'utf8');
const snippets = [...page.matchAll(/```yaml\n([^]*?)```/g)].map((found) => found[1] ?? '');
const env = { TRACKER_TOKEN: 'token', TRACKER_CLIENT_ID: 'id', TRACKER_CLIENT_SECRET: 'secret' };

describe('docs/mcp.md', () => {
  it('shows all ways to reach a server', () => {
    expect(snippets).toHaveLength(3);
  });

  it.each(snippets)('shows a runner.yaml without faults: %#', async (text) => {
    const { diagnostics, config } = await loadProjectConfig(Buffer.from(text), { file: 'runner.yaml', env });

    expect(diagnostics).toEqual([]);
    expect(config?.mcpServers).not.toEqual([]);
  });
});
