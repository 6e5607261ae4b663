import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeProject, type CliProject } from '../support/cli.ts';
import { commandsOf, type DocCommand } from '../support/doc-commands.ts';

const page = new URL('../../docs/mcp.md', import.meta.url);
const manifest = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/package.json');
const program = join(dirname(manifest), 'dist', 'index.js');

let project: CliProject;
let commands: readonly DocCommand[];

/** The server of the page is started from the installed package, since `npx` would use the network. */
beforeAll(async () => {
  commands = await commandsOf(page);
  const server = `everything:\n    command: node\n    args: [${JSON.stringify(program)}]\n`;
  project = await makeProject({ 'runner.yaml': `mcpServers:\n  ${server}` });
  await cp(new URL('../../docs', import.meta.url), join(project.root, 'docs'), { recursive: true });
});
afterAll(() => project.remove());

describe('docs/mcp.md', () => {
  it('does what it says', async () => {
    expect(commands.map(({ text }) => text)).toContain('runner call everything/echo message=hi');
    for (const { text, exit } of commands) {
      const result = await project.runner(text.split(' ').slice(1));
      expect({ text, code: result.code }).toEqual({ text, code: exit });
    }
  });

  it('calls a tool without a bridge', async () => {
    const result = await project.runner(['call', 'everything/echo', 'message=hi']);

    expect(result.stdout.trim()).toBe('"Echo: hi"');
  });
});

describe('a server that paints the names and words of its tools', () => {
  it.each([
    ['tools sync', 'painted'],
    ['tools', 'painted'],
    ['tools plain', 'painted'],
    ['tools toy/plain', 'painted'],
    ['tools --json', 'painted'],
    ['doctor', 'refuses-list'],
    ['tools sync', 'refuses-list'],
    ['call toy/painted', ''],
  ])('cannot steer the terminal of runner %s (%s)', async (command, mode) => {
    const toy = fileURLToPath(new URL('../adapters/mcp/servers/toy-stdio.mjs', import.meta.url));
    const args = JSON.stringify([toy, mode]);
    await project.write('runner.yaml', `mcpServers:\n  toy: { command: node, args: ${args} }\n`);
    await project.runner(['tools', 'sync']);

    const { stdout, stderr } = await project.runner(command.split(' '), { env: { FORCE_COLOR: '0' } });

    // oxlint-disable-next-line no-control-regex -- looking for control characters is what this is for
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(stdout + stderr).not.toBe('');
  });
});
