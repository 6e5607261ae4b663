import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/interfaces/cli/program.ts';
import { createTerminal } from '../../src/interfaces/cli/terminal/terminal.ts';

const silent = { write: () => true };
const context = { terminal: createTerminal({ stdout: silent, stderr: silent }, {}), variables: {}, cwd: '/' };

describe('the help', () => {
  const program = createProgram(context, () => undefined);

  it.each(everyCommand(program).map((command) => [pathOf(command), command] as const))(
    'of "%s" fits into 80 columns, examples aside',
    (_, command) => {
      let text = '';
      command.configureOutput({ writeOut: (part) => void (text += part), getOutHelpWidth: () => 80 });
      command.outputHelp();

      const wide = text.split('\n').filter((line) => line.length > 80 && !line.startsWith('  $ '));
      expect(text).toContain('Usage:');
      expect(wide).toEqual([]);
    },
  );

  it('wraps between words on a narrow terminal', () => {
    let text = '';
    const tools = program.commands.find((command) => command.name() === 'tools');
    tools?.configureOutput({ writeOut: (part) => void (text += part), getOutHelpWidth: () => 50 });
    tools?.outputHelp();

    const wide = text.split('\n').filter((line) => line.length > 50 && !line.startsWith('  $ '));
    expect(wide).toEqual([]);
  });

  it.each(['tools sync', 'tools explain'])('of "%s" names --json', (path) => {
    const command = everyCommand(program).find((each) => pathOf(each) === `runner ${path}`);

    expect(command?.helpInformation()).toContain('--json');
  });

  it('says the same of the same option and of a run everywhere', () => {
    const commands = everyCommand(program).filter((command) => command.name() !== 'call');
    const json = commands.flatMap(({ options }) => options.filter(({ long }) => long === '--json'));
    const runs = commands.flatMap(({ registeredArguments: all }) => all.filter((each) => each.name() === 'run'));

    expect(new Set(json.map(({ description }) => description)).size).toBe(1);
    expect(new Set(runs.map(({ description }) => description)).size).toBe(1);
  });
});

function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
