import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { libraryProject } from '../support/library.ts';

const manifest = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/package.json');
const args = JSON.stringify([join(dirname(manifest), 'dist', 'index.js')]);
const everything = `mcpServers:\n  everything: { command: ${JSON.stringify(process.execPath)}, args: ${args} }\n`;
const tool = 'everything/trigger-long-running-operation';
const params = { duration: 0.1, steps: 2 };

describe('a program', () => {
  it('is told how far the call of a step has come', async () => {
    const work = `name: work\nsteps:\n  - { id: long, tool: ${tool}, params: ${JSON.stringify(params)} }\n`;
    const { runner } = await libraryProject(() => ({ result: 1 }), {
      'runner.yaml': everything,
      'workflows/work.yaml': work,
    });
    const told: unknown[] = [];

    const result = await runner.run('work', {}, { onProgress: (progress) => void told.push(progress) });

    expect(result.success).toBe(true);
    expect(told).toEqual([1, 2].map((progress) => ({ step: 'long', progress, total: 2 })));
  });

  it('that fails to show progress harms no call', async () => {
    const { runner } = await libraryProject(() => ({ result: 1 }), { 'runner.yaml': everything });

    expect(await runner.call(tool, params, { onProgress: fail })).toMatchObject({ success: true });
  });
});

function fail(): never {
  throw new Error('no such window');
}
