import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeProject } from '../support/cli.ts';
import type { CliProject } from '../support/cli.ts';
import { gate } from '../support/cli-workflows.ts';

let project: CliProject;

afterEach(() => project.remove());

const flow = `name: flow
inputs:
  pin: { type: string, sensitive: true }
  town: { type: string, default: Ulm }
steps:
  - id: token
    run: echo "{\\"token\\":\\"result-$PIN\\",\\"n\\":$((4700 + 11))}"
    env: { PIN: $pin }
    sensitive: true
  - log: with $pin and $token.json.token
  - run: echo "$T" >&2; exit 3
    env: { T: $token.json.token }
    continue_on_error: true
  - wait: 1s
  - id: last
    set: { of: $token.json.token, town: $town }
    sensitive: true
`;

const key = { RUNNER_JOURNAL_KEY: 'k'.repeat(40) };
const sealing = 'journal_key: { env: RUNNER_JOURNAL_KEY }\n';

async function everythingOf(id: string, env: Readonly<Record<string, string>>): Promise<string> {
  const commands = [
    ['show', id],
    ['show', id, '--json'],
    ['logs', id, '--all'],
    ['runs'],
    ['runs', '--json'],
    ['history', '--json'],
  ];
  const results = await Promise.all(commands.map((command) => project.runner(command, { env })));
  return results.map(({ stdout, stderr }) => stdout + stderr).join('\n');
}

function idIn(output: string): string {
  return /\d{8}-\d{6}-\w{8}/.exec(output)?.[0] ?? '';
}

describe('a sensitive input or result', () => {
  it('is used by the run and shown nowhere', async () => {
    project = await makeProject({ 'workflows/flow.yaml': flow, 'runner.yaml': sealing });

    const run = await project.runner(['run', 'flow', '--input', 'pin=pin-123456', '--json'], { env: key });
    const all = run.stdout + run.stderr + (await everythingOf(idIn(run.stdout), key));

    expect(run.code).toBe(0);
    expect(all).not.toMatch(/pin-123456|4711/);
    expect(JSON.parse(run.stdout)).toMatchObject({
      output: '[sensitive]',
      steps: [{ output: '[sensitive]' }, {}, {}, {}, {}],
    });
    expect(all).toContain('with [redacted] and');
    expect(all).toContain('"pin": "[sensitive]"');
  });

  it('is sealed on the disk where there is a journal_key, and plain with a warning where not', async () => {
    project = await makeProject({ 'workflows/flow.yaml': flow, 'runner.yaml': sealing });
    await project.runner(['run', 'flow', '--input', 'pin=pin-123456'], { env: key });
    const sealed = readFileSync(join(project.root, '.runner/journal.db'), 'latin1');
    await project.write('runner.yaml', '');
    const plain = await project.runner(['run', 'flow', '--input', 'pin=pin-123456']);

    expect(sealed).not.toContain('pin-123456');
    expect(plain.stderr).toContain('The journal holds the sensitive values of this run in the clear');
  });

  it('needs the key again when its run is resumed', async () => {
    const held = flow.replace('  - wait: 1s\n', gate);
    project = await makeProject({ 'workflows/flow.yaml': held, 'runner.yaml': sealing });
    const running = project.start(['run', 'flow', '--input', 'pin=pin-123456'], { env: key });
    const id = idIn(await running.sees('at the gate'));
    running.child.kill('SIGKILL');
    await running.ended;

    const without = await project.runner(['resume', id]);
    const wrong = await project.runner(['resume', id], { env: { RUNNER_JOURNAL_KEY: 'x'.repeat(40) } });
    await project.write('go', '');
    const right = await project.runner(['resume', id], { env: key });

    expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('JOURNAL_KEY_MISSING') as string });
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/sealed with the journal key [\da-f]{8}/) as string,
    });
    expect(right.code).toBe(0);
    expect(right.stdout + right.stderr).not.toContain('pin-123456');
  });
});

/** Each block with a step whose result is too short for a redactor to look for. */
const blocks = `name: blocks
steps:
  - id: loop
    for_each: [a, b]
    steps: [{ id: in_loop, run: cat pin, sensitive: true }]
  - id: both
    parallel:
      x: { run: cat pin, sensitive: true }
      y: [{ id: in_branch, run: cat pin, sensitive: true }, { log: done }]
  - id: rounds
    repeat: { max: 1, until: "true" }
    steps: [{ id: in_round, run: cat pin, sensitive: true }]
  - id: choice
    switch: [{ when: "true", steps: [{ id: in_case, run: cat pin, sensitive: true }] }]
  - id: guarded
    try: [{ fail: { code: gone, message: Gone } }]
    catch: [{ errors: [gone], steps: [{ id: in_handler, run: cat pin, sensitive: true }] }]
    finally: [{ id: at_last, run: cat pin, sensitive: true }]
  - id: first
    race:
      one: { run: cat pin, effect: read, sensitive: true }
  - id: nested
    sensitive: true
    for_each: [a]
    steps: [{ switch: [{ when: "true", steps: [{ run: cat pin }] }] }]
  - id: named
    for_each: [a]
    steps: [{ id: own, run: cat pin, sensitive: true }]
    output: { item: $item }
  - id: last
    parallel:
      x: [{ for_each: [a], steps: [{ run: cat pin, sensitive: true }] }]
`;

describe('a sensitive result inside a block', () => {
  it('is shown nowhere, nor is what the blocks around it give, however short it is', async () => {
    project = await makeProject({ 'workflows/blocks.yaml': blocks, pin: 'q~7', 'runner.yaml': sealing });

    const run = await project.runner(['run', 'blocks', '--json'], { env: key });
    const all = run.stdout + run.stderr + (await everythingOf(idIn(run.stdout), key));
    const { stdout } = await project.runner(['show', idIn(run.stdout), '--json'], { env: key });

    expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: run.stderr });
    expect(all).not.toContain('q~7');
    expect(JSON.parse(stdout)).toMatchObject({ output: '[sensitive]' });
    expect(stdout).toContain('"item": "a"');
  });
});
