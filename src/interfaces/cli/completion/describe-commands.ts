import type { Command } from 'commander';

/** What a shell must know of a command to complete it. */
export interface CommandWords {
  /** `run`, `cache clear` */
  readonly path: string;
  readonly description: string;
  readonly options: readonly OptionWords[];
  readonly subcommands: readonly CommandWords[];
  /** What its arguments are, as far as a shell can offer them. */
  readonly offers: 'workflows' | 'nothing' | readonly string[];
}

export interface OptionWords {
  readonly long: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** The commands of a program in the order of its help. */
export function describeCommands(program: Command): readonly CommandWords[] {
  const forAll = program.options.filter(({ long }) => long !== '--version').map(describeOption);
  return program.commands.map((command) => describe(command, '', forAll));
}

function describe(command: Command, parent: string, forAll: readonly OptionWords[]): CommandWords {
  const path = `${parent}${command.name()}`;
  return {
    path,
    description: command.description(),
    options: [...command.options.map(describeOption), ...forAll, help],
    subcommands: command.commands.map((each) => describe(each, `${path} `, forAll)),
    offers: offersOf(command),
  };
}

const help: OptionWords = { long: '--help', description: 'explain this command', takesValue: false, choices: [] };

function describeOption(option: Command['options'][number]): OptionWords {
  return {
    long: option.long ?? option.short ?? '',
    description: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
  };
}

function offersOf(command: Command): CommandWords['offers'] {
  const [first] = command.registeredArguments;
  if (first?.argChoices) return first.argChoices;
  return first?.name() === 'workflow' || first?.name() === 'paths' ? 'workflows' : 'nothing';
}
