import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChangingBridge, tool } from '../support/changing-bridge.ts';
import { makeProject } from '../support/cli.ts';
import type { CliProject, CommandResult } from '../support/cli.ts';

const workflow = `name: restart
inputs: { id: { default: srv-1 } }
steps:
  - { id: look, tool: far/look, params: { id: $id } }
  - id: restart
    tool: far/restart
    params:
      id: srv-1
      limit: 3
`;

const restart = {
  type: 'object',
  required: ['id'],
  additionalProperties: false,
  properties: { id: { type: 'string', minLength: 3 }, limit: { type: 'integer' } },
};

let bridge: ChangingBridge;
let url: string;
let project: CliProject;

beforeEach(async () => {
  bridge = new ChangingBridge([
    tool('look', { type: 'object', properties: { id: { type: 'string' } } }, { readOnlyHint: true }),
    tool('restart', restart),
  ]);
  url = await bridge.start();
  project = await makeProject({ 'workflows/restart.yaml': workflow });
});

afterEach(async () => {
  bridge.stop();
  await project.remove();
});

function runner(...args: readonly string[]): Promise<CommandResult> {
  return project.runner(args, { env: { MCP_BRIDGE_URL: url, MCP_RETRY_DELAY_BASE: '0.01' } });
}

function lockText(): Promise<string> {
  return readFile(join(project.root, 'runner.lock.yaml'), 'utf8');
}

describe('runner lock', () => {
  it('pins the tools that workflows use, and no other', async () => {
    bridge.tools.push(tool('unused', {}));

    const { code, stdout } = await runner('lock');

    expect([code, stdout.split('\n').at(-2)]).toEqual([
      0,
      'runner.lock.yaml holds 2 of 2 used tools; review it and commit it.',
    ]);
    expect(await lockText()).toContain('  far/look:\n    effect: "read"\n');
    expect(await lockText()).not.toContain('unused');
  });

  it('writes the same file for the same tools', async () => {
    await runner('lock');
    const first = await lockText();
    bridge.tools.reverse();

    await runner('lock');

    expect(await lockText()).toBe(first);
  });

  it('decides with reviewed annotations what a call does', async () => {
    await runner('lock');

    const { stdout } = await runner('tools', 'explain', 'far/look');

    expect(stdout).toContain('read, by runner.lock.yaml (readOnlyHint: true)');
  });

  it('keeps a tool that its server does not show any more, as long as it is used', async () => {
    await runner('lock');
    bridge.tools.pop();

    const { stderr } = await runner('lock');

    expect(stderr).toContain('far/restart: no server that answers');
    expect(await lockText()).toContain('far/restart:');
  });
});

describe('a tool with a schema that nobody could review', () => {
  it('harms no other tool, and is not locked', async () => {
    bridge.monster = `${'{"items":'.repeat(100)}{}${'}'.repeat(100)}`;

    const { code, stderr } = await runner('lock');

    expect(code).toBe(0);
    expect(stderr).toContain('far/restart: no server that answers');
    expect(await lockText()).toContain('far/look:');
    expect(await lockText()).not.toContain('far/restart:');
  });
});

describe('runner lock --check', () => {
  it('ends with 0 while the tools are what they were', async () => {
    await runner('lock');

    await expect(runner('lock', '--check')).resolves.toMatchObject({ code: 0 });
  });

  it('ends with 1 while a used tool is not locked', async () => {
    const { code, stdout } = await runner('lock', '--check');

    expect(code).toBe(1);
    expect(stdout).toContain('far/restart: used, and not in the lock');
  });

  it('tells in words what changed, and which steps break', async () => {
    await runner('lock');
    bridge.tools[1] = tool('restart', {
      ...restart,
      required: ['id', 'zone'],
      properties: { ...restart.properties, zone: {} },
    });

    const { code, stdout } = await runner('lock', '--check');

    expect(code).toBe(1);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'far/restart',
      '  breaking  the parameter `zone` is added and required',
      '            breaks workflows/restart.yaml:5 restart',
    ]);
  });

  it('ends with 0 when only words changed', async () => {
    await runner('lock');
    bridge.tools[1] = { ...tool('restart', restart), description: 'Restarts' };

    const { code, stdout } = await runner('lock', '--check');

    expect([code, stdout.split('\n')[1]]).toEqual([0, '  harmless  the description is reworded']);
  });
});

describe('a project without a lock', () => {
  it('is warned by the catalogue about what a step takes from a result, and runs', async () => {
    bridge.tools[0] = { ...tool('look', {}), output_schema: { type: 'object', properties: { state: {} } } };
    await project.write('workflows/restart.yaml', `${workflow}  - set: { state: $look.stat }\n`);
    await runner('tools', 'sync');

    const { code, stdout } = await runner('validate');

    expect(code).toBe(0);
    expect(stdout).toContain('workflows/restart.yaml:10:25 FIELD_UNKNOWN (warning)');
    expect(stdout).toContain('is not known to have a field `stat` (the catalogue). Did you mean `state`?');
  });
});

describe('runner tools sync --sandbox', () => {
  it('leaves what is known of the real tools alone', async () => {
    await runner('tools', 'sync');
    const before = await runner('tools', '--json');

    const { code } = await runner('tools', 'sync', '--sandbox');

    expect(code).toBe(0);
    expect((await runner('tools', '--json')).stdout).toBe(before.stdout);
    expect((await runner('tools', '--json', '--sandbox')).stdout).toContain('"render"');
  });
});

describe('a tool that the catalogue knows, and no lock', () => {
  it('is not called with what does not fit it, and the field is named', async () => {
    await runner('tools', 'sync');
    await project.write('workflows/restart.yaml', workflow.replace('id: srv-1\n      limit: 3', 'id: $id'));

    const { code, stdout } = await runner('run', 'restart', '-i', 'id=x');

    expect(code).toBe(1);
    expect(stdout).toContain(
      'invalid_params: far/restart: id must NOT have fewer than 3 characters. It was not called.',
    );
    expect(stdout).toContain('`runner tools sync` refreshes what is known of it.');
    expect(bridge.calls).toHaveLength(1);
  });

  it('is called with what it takes now, once the catalogue is read anew', async () => {
    await runner('tools', 'sync');
    const before = await runner('call', 'far/restart', 'id=x');
    bridge.tools[1] = tool('restart', {});
    await runner('tools', 'sync');

    const after = await runner('call', 'far/restart', 'id=x');

    expect([before.code, after.code]).toEqual([1, 0]);
  });

  it.each([
    ['takes for ever to compare', { type: 'object', properties: { id: { type: 'string', pattern: '^(a+)+$' } } }],
    ['cannot be used', { type: 'object', required: true, properties: { id: { exclusiveMinimum: true } } }],
  ])('is called in time where its schema %s', async (_, parameters) => {
    bridge.tools[1] = tool('restart', parameters);
    await runner('tools', 'sync');

    const { code } = await runner('call', 'far/restart', `id=${'a'.repeat(60)}`);

    expect(code).toBe(0);
  });
});

describe('a project with a lock', () => {
  it('checks at validation what a step gives its tool, at its place', async () => {
    await runner('lock');
    await project.write(
      'workflows/restart.yaml',
      workflow.replace('id: srv-1\n      limit: 3', 'id: s\n      limt: 3'),
    );

    const { code, stdout } = await runner('validate');

    expect(code).toBe(2);
    expect(stdout).toContain('workflows/restart.yaml:8:11 PARAMS_INVALID\n  8 |       id: s');
    expect(stdout).toContain('far/restart: `id` must have at least 3 characters.');
    expect(stdout).toContain('far/restart: there is no parameter `limt`. Did you mean `limit`?');
  });

  it('names the parameter that a step does not give', async () => {
    await runner('lock');
    await project.write('workflows/restart.yaml', 'name: restart\nsteps:\n  - tool: far/restart\n');

    await expect(runner('validate')).resolves.toMatchObject({
      stdout: expect.stringContaining('far/restart: the parameter `id` is missing.') as string,
    });
  });

  it('checks at validation, and before a run, what a step takes from a result', async () => {
    const output = { type: 'object', additionalProperties: false, properties: { state: { type: 'string' } } };
    bridge.tools[0] = { ...tool('look', {}), output_schema: output };
    await runner('lock');
    await project.write('workflows/restart.yaml', `${workflow}  - log: 'It is $look.stat, $look.state.at'\n`);

    const { code, stdout } = await runner('validate');

    expect(code).toBe(2);
    expect(stdout).toContain("workflows/restart.yaml:10:23 FIELD_UNKNOWN\n  10 |   - log: 'It is $look.stat, $");
    expect(stdout).toContain('The result of far/look has no field `stat` (runner.lock.yaml). Did you mean `state`?');
    expect(stdout).toContain('workflows/restart.yaml:10:41 PATH_ON_SCALAR');
    await expect(runner('run', 'restart')).resolves.toMatchObject({ code: 2 });
    expect(bridge.calls).toEqual([]);
  });

  it('refuses a call that does not fit before it is made, naming the field', async () => {
    await project.write('workflows/restart.yaml', workflow.replace('id: srv-1\n      limit: 3', 'id: $id'));
    await runner('lock');

    const { code, stdout } = await runner('run', 'restart', '-i', 'id=x');

    expect(code).toBe(1);
    expect(stdout).toContain(
      'invalid_params: far/restart: id must NOT have fewer than 3 characters. It was not called.',
    );
    expect(bridge.calls).toHaveLength(1);
  });

  it('refuses a tool that changed in a way that breaks, until somebody accepts it', async () => {
    await runner('lock');
    bridge.tools[1] = tool('restart', restart, { destructiveHint: true });

    const refused = await runner('run', 'restart');

    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain(
      'tool_drift: far/restart is not what runner.lock.yaml says: the annotation destructiveHint flips from nothing to true.',
    );
    expect(refused.stdout).toContain('accept it with `runner lock`');
    await runner('lock');
    await expect(runner('run', 'restart')).resolves.toMatchObject({ code: 0 });
  });

  it('refuses by the catalogue as last read where the server does not say what it has', async () => {
    await runner('lock');
    bridge.tools[1] = tool('restart', restart, { destructiveHint: true });
    await runner('tools', 'sync');
    bridge.isListed = false;

    const { code, stdout } = await runner('run', 'restart');

    expect(code).toBe(1);
    expect(stdout).toContain('tool_drift: far/restart');
    expect(bridge.calls).toHaveLength(1);
  });

  it('calls what nothing speaks against where the server does not say what it has', async () => {
    await runner('lock');
    bridge.isListed = false;

    await expect(runner('run', 'restart')).resolves.toMatchObject({ code: 0 });
  });

  it('runs nothing when the lock is damaged', async () => {
    await project.write('runner.lock.yaml', '<<<<<<< ours\nversion: 1\n');

    const { code, stderr } = await runner('run', 'restart');

    expect(code).toBe(2);
    expect(stderr).toContain('runner.lock.yaml cannot be used. It is no YAML');
    expect(bridge.calls).toEqual([]);
  });

  it.each([
    ['a pipe', (file: string) => void execFileSync('mkfifo', [file]), 'is not a regular file.'],
    ['a gigabyte', (file: string) => (writeFileSync(file, ''), truncateSync(file, 2 ** 30)), 'the limit is 16777216.'],
  ])('runs nothing, and waits for nothing, when the lock is %s', async (_, make, message) => {
    make(join(project.root, 'runner.lock.yaml'));

    const { code, stderr } = await runner('run', 'restart');

    expect(code).toBe(2);
    expect(stderr).toContain('error CONFIG_INVALID: runner.lock.yaml ');
    expect(stderr).toContain(message);
    expect(bridge.calls).toEqual([]);
  });
});
