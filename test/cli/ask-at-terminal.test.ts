import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeProject } from '../support/cli.ts';
import type { CliProject } from '../support/cli.ts';
import { startOnTerminal } from '../support/pseudo-terminal.ts';
import type { OnTerminal } from '../support/pseudo-terminal.ts';

const me = userInfo().username;
const asking = `name: asking
steps:
  - id: ask
    approval: Write it?
    show: { state: down }
  - id: write
    run: 'echo written > word.txt'
`;
const prompt = 'Approve? [y/N/later] ';
const ctrlC = '\u0003';
const ctrlD = '\u0004';

let project: CliProject;
const terminals: OnTerminal[] = [];

beforeEach(async () => {
  project = await makeProject({ 'runner.yaml': 'workflows: [workflows]\n', 'workflows/asking.yaml': asking });
});

afterEach(async () => {
  for (const terminal of terminals.splice(0)) terminal.kill();
  await project.remove();
});

function onTerminal(...args: readonly string[]): OnTerminal {
  const terminal = startOnTerminal(project.root, args);
  terminals.push(terminal);
  return terminal;
}

const isWritten = (): boolean => existsSync(join(project.root, 'word.txt'));

async function idOf({ ended }: OnTerminal): Promise<string> {
  return /run (\d{8}-\d{6}-\w+)/.exec((await ended).shown)?.[1] ?? 'none';
}

describe('a run that asks, at a terminal', () => {
  it('shows what it is about, and goes on with a yes', async () => {
    const terminal = onTerminal('run', 'asking');

    await terminal.sees('Write it?');
    await terminal.sees('{"state":"down"}');
    await terminal.sees('write: run');
    await terminal.sees(prompt);
    terminal.types('y\r');

    expect(await terminal.ended).toMatchObject({ code: 0 });
    expect(isWritten()).toBe(true);
  });

  it('fails with a no, whose reason is kept', async () => {
    const terminal = onTerminal('run', 'asking');
    await terminal.sees(prompt);
    terminal.types('\r');
    await terminal.sees('Why not? (optional) ');
    terminal.types('not today\r');

    const { code } = await terminal.ended;
    const { stdout } = await project.runner(['show', await idOf(terminal), '--json']);

    expect(code).toBe(1);
    expect(stdout).toContain('not today');
    expect(isWritten()).toBe(false);
  });

  it('asks again for what is no answer', async () => {
    const terminal = onTerminal('run', 'asking');
    await terminal.sees(prompt);
    terminal.types('perhaps\r');
    await terminal.sees('Say "y" to approve');
    await terminal.sees(prompt);
    terminal.types('yes\r');

    expect(await terminal.ended).toMatchObject({ code: 0 });
  });

  it.each([
    ['later', 'later\r'],
    ['Ctrl-C', ctrlC],
    ['Ctrl-D', ctrlD],
  ])('is left waiting, with 4 and how to decide, by %s', async (_, keys) => {
    const terminal = onTerminal('run', 'asking');
    await terminal.sees(prompt);
    terminal.types(keys);

    const { code, shown } = await terminal.ended;
    const id = await idOf(terminal);
    const { stdout } = await project.runner(['show', id, '--json']);

    expect(code).toBe(4);
    expect(shown).toContain(`runner approve ${id}`);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'waiting' });
  });

  it('is asked for again by runner resume', async () => {
    const left = onTerminal('run', 'asking');
    await left.sees(prompt);
    left.types(ctrlC);
    const resumed = onTerminal('resume', await idOf(left));
    await resumed.sees(prompt);
    resumed.types('y\r');

    expect(await resumed.ended).toMatchObject({ code: 0 });
    expect(isWritten()).toBe(true);
  });

  it('asks nothing with --no-wait', async () => {
    const { code, shown } = await onTerminal('run', 'asking', '--no-wait').ended;

    expect(code).toBe(4);
    expect(shown).not.toContain(prompt);
  });

  it('stops asking when somebody decides elsewhere', async () => {
    const terminal = onTerminal('run', 'asking');
    await terminal.sees(prompt);
    await project.runner(['approve', '--', (await project.runner(['offer', 'asking-runs'])).stdout.trim()]);

    const { code, shown } = await terminal.ended;

    expect(code).toBe(0);
    expect(shown).toContain('ask needs no answer here any more.');
  });

  it('stops asking when it is cancelled elsewhere, and leaves the summary last', async () => {
    const terminal = onTerminal('run', 'asking');
    await terminal.sees(prompt);
    await project.runner(['cancel', (await project.runner(['offer', 'asking-runs'])).stdout.trim()]);

    const { code, shown } = await terminal.ended;

    expect(code).toBe(130);
    expect(shown.slice(shown.indexOf('asking was cancelled'))).not.toContain('no answer');
  });

  it('waits for those who may decide', async () => {
    await project.write('workflows/asking.yaml', asking.replace('show:', 'by: [ann]\n    show:'));
    const terminal = onTerminal('run', 'asking');

    await terminal.sees(`ask is for ann to decide, not for ${me}; the run waits.`);
    await terminal.sees('waiting for a decision');
    terminal.types(ctrlC);

    expect(await terminal.ended).toMatchObject({ code: 130 });
  });

  it('asks one question after another', async () => {
    const both = 'name: both\nsteps:\n  - id: both\n    parallel:\n      one: { approval: First? }\n';
    await project.write('workflows/both.yaml', `${both}      two: { approval: Second? }\n`);
    const terminal = onTerminal('run', 'both');

    await terminal.sees('First?');
    await terminal.sees(prompt);
    terminal.types('y\r');
    await terminal.sees('Second?');
    await terminal.sees(prompt);
    terminal.types('y\r');

    expect(await terminal.ended).toMatchObject({ code: 0 });
  });

  it('is left only when what else it does has ended', async () => {
    const wait = "{ run: 'until [ -e go ]; do sleep 0.1; done; echo done > word.txt' }";
    const both = 'name: both\nsteps:\n  - id: both\n    parallel:\n      one: { approval: First? }\n';
    await project.write('workflows/both.yaml', `${both}      two: ${wait}\n`);
    const terminal = onTerminal('run', 'both');
    await terminal.sees(prompt);
    terminal.types('later\r');
    await terminal.sees('It is left open');
    await project.write('go', '');

    expect((await terminal.ended).code).toBe(4);
    expect(isWritten()).toBe(true);
  });

  it('waits for the votes that are missing', async () => {
    await project.write('workflows/asking.yaml', asking.replace('show:', `by: [${me}, ann]\n    quorum: 2\n    show:`));
    const terminal = onTerminal('run', 'asking');
    await terminal.sees(prompt);
    terminal.types('y\r');
    await terminal.sees(`ask: 1 of 2; approved by ${me}`);
    await terminal.sees('waiting for a decision');
    terminal.types(ctrlC);

    expect((await terminal.ended).code).toBe(130);
  });

  it('is given back where it waits for an event', async () => {
    await project.write('workflows/paid.yaml', 'name: paid\nsteps:\n  - { id: paid, wait: { event: paid } }\n');

    expect((await onTerminal('run', 'paid').ended).code).toBe(4);
  });
});

describe('the form of an approval, at a terminal', () => {
  it('is asked for field by field, each until it fits', async () => {
    const form = `form:
      word: { type: string, minLength: 2 }
      times: { type: integer, default: 3 }`;
    const writes = 'run: \'echo "$WORD $TIMES" > word.txt\'\n    env: { WORD: $ask.form.word, TIMES: $ask.form.times }';
    const text = asking.replace('show: { state: down }', form).replace("run: 'echo written > word.txt'", writes);
    await project.write('workflows/asking.yaml', text);
    const terminal = onTerminal('run', 'asking');
    await terminal.sees(prompt);
    terminal.types('y\r');

    await terminal.sees('word (string, needed) > ');
    terminal.types('\r');
    await terminal.sees('The form needs "word".');
    await terminal.sees('word (string, needed) > ');
    terminal.types('x\r');
    await terminal.sees('The form\'s "word"');
    await terminal.sees('word (string, needed) > ');
    terminal.types('yes\r');
    await terminal.sees('times (integer, else 3) > ');
    terminal.types('many\r');
    await terminal.sees('The form\'s "times"');
    await terminal.sees('times (integer, else 3) > ');
    terminal.types('\r');

    expect(await terminal.ended).toMatchObject({ code: 0 });
    expect(await readFile(join(project.root, 'word.txt'), 'utf8')).toBe('yes 3\n');
  });
});
