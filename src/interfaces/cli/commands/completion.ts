import type { Command } from 'commander';
import { bashScript } from '../completion/bash.ts';
import { describeCommands } from '../completion/describe-commands.ts';
import { fishScript } from '../completion/fish.ts';
import { zshScript } from '../completion/zsh.ts';
import type { CliContext } from '../context.ts';
import type { Shell } from '../declare/inspection.ts';
import { exitCodes } from '../exit-codes.ts';

/** `runner completion <shell>`: made from the same declarations as the help, so it cannot lag behind. */
export async function completion({ terminal }: CliContext, program: Command, shell: Shell): Promise<number> {
  const commands = describeCommands(program);
  switch (shell) {
    case 'bash':
      terminal.print(bashScript(commands));
      break;
    case 'zsh':
      terminal.print(zshScript(commands));
      break;
    case 'fish':
      terminal.print(fishScript(commands));
      break;
  }
  return exitCodes.success;
}
