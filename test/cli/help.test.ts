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
});

function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
