import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeProject } from '../support/cli.ts';
import type { CliProject } from '../support/cli.ts';
import { chain } from '../support/cli-workflows.ts';

let project: CliProject;

beforeAll(async () => {
  project = await makeProject({ 'runner.yaml': 'bridge: sandbox\n', 'workflows/chain.yaml': chain });
});

afterAll(() => project.remove());

describe('a command line that is not understood', () => {
  it.each([
    [['runs', '--limit', '0'], 'Give a number from 1 to 10000.'],
    [['run'], "Missing required argument 'workflow'."],
    [['frobnicate'], "Unknown command 'frobnicate'."],
    [['resolve', 'x'], "Required option '--step <step>' not specified."],
  ])('is refused like every other mistake: %j', async (args, message) => {
    const { code, stdout, stderr } = await project.runner(args);

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error USAGE: [A-Z].*\.\nAdd --help for the usage\.\n$/);
    expect(stderr).toContain(message);
  });

  it('says what was meant', async () => {
    const { stderr } = await project.runner(['rnu']);

    expect(stderr).toBe("error USAGE: Unknown command 'rnu'.\nDid you mean run? Add --help for the usage.\n");
  });

  it('is a document with --json', async () => {
    const { code, stdout } = await project.runner(['runs', '--limit', '0', '--json']);

    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      success: false,
      error: {
        code: 'USAGE',
        message: "Option '--limit <n>' argument '0' is invalid. Give a number from 1 to 10000.",
        hint: 'Add --help for the usage.',
      },
      diagnostics: [],
    });
  });
});

describe('a name that fits nothing', () => {
  it.each([['metrics'], ['cache', 'clear']])('of a tool is refused by %j', async (...command) => {
    const { code, stderr } = await project.runner([...command, 'render/a/b']);

    expect(code).toBe(2);
    expect(stderr).toContain('error TOOL_NAME_INVALID: "render/a/b" names neither a tool nor a server.');
  });

  it('of a workflow leads to the nearest one', async () => {
    const { code, stderr } = await project.runner(['run', 'chian']);

    expect(code).toBe(2);
    expect(stderr).toBe('error WORKFLOW_NOT_FOUND: No workflow is called "chian".\nDid you mean "chain"?\n');
  });

  it('of a server says how one is named', async () => {
    const { stderr } = await project.runner(['login', 'tracker']);

    expect(stderr).toContain('It names none: add it under "mcpServers".');
  });
});
