import type { Command } from 'commander';
import type { OfferKind } from '../../../app/offers.ts';
import { runStatuses } from '../../../model/states.ts';
import { offerCommand } from '../declare/inspection.ts';

/** What a shell must know of a command to complete it. */
export interface CommandWords {
  /** `run`, `cache clear` */
  readonly path: string;
  readonly description: string;
  readonly options: readonly OptionWords[];
  readonly subcommands: readonly CommandWords[];
  /** What its first argument is, as far as a shell can offer it. */
  readonly offer: Offer;
}

export interface Offer {
  readonly words: readonly string[];
  /** What only the project knows: the words that `runner offer <kind>` prints. */
  readonly live?: OfferKind;
  readonly files?: true;
  /** Offered for every argument, not for the first alone. */
  readonly repeats?: true;
}

export interface OptionWords {
  readonly long: string;
  /** `-i` */
  readonly short?: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly value: Offer;
}

/** The commands of a program in the order of its help. */
export function describeCommands(program: Command): readonly CommandWords[] {
  const forAll = program.options.filter(({ long }) => long !== '--version').map(describeOption);
  return program.commands
    .filter((command) => command.name() !== offerCommand)
    .map((command) => describe(command, '', forAll));
}

function describe(command: Command, parent: string, forAll: readonly OptionWords[]): CommandWords {
  const path = `${parent}${command.name()}`;
  return {
    path,
    description: command.description(),
    options: [...command.options.map(describeOption), ...forAll, help],
    subcommands: command.commands.map((each) => describe(each, `${path} `, forAll)),
    offer: offerOf(command),
  };
}

const help: OptionWords = {
  long: '--help',
  description: 'explain this command',
  takesValue: false,
  value: { words: [] },
};

function describeOption(option: Command['options'][number]): OptionWords {
  return {
    long: option.long ?? option.short ?? '',
    ...(option.short && { short: option.short }),
    description: option.description,
    takesValue: option.required || option.optional,
    value: { words: option.argChoices ?? [], ...valuesOf[option.long ?? ''] },
  };
}

const valuesOf: Readonly<Record<string, Partial<Offer>>> = {
  '--status': { words: runStatuses },
  '--workflow': { live: 'workflows' },
  '--run': { live: 'runs' },
  '--server': { live: 'servers' },
  '--tool': { live: 'tools' },
  '--inputs': { files: true },
};

function offerOf(command: Command): Offer {
  const [first] = command.registeredArguments;
  if (first === undefined) return { words: [] };
  const live = first.name() === 'run' ? runsFor(command.name()) : argumentOffers[first.name()];
  return { words: first.argChoices ?? [], ...live, ...(first.variadic && { repeats: true }) };
}

const argumentOffers: Readonly<Record<string, Partial<Offer>>> = {
  workflow: { live: 'workflows', files: true },
  paths: { live: 'workflows', files: true },
  'server/tool': { live: 'tools' },
  search: { live: 'tools' },
  server: { live: 'servers' },
  file: { files: true },
};

/** Only runs with which the command can do something. */
function runsFor(command: string): Partial<Offer> {
  switch (command) {
    case 'cancel':
    case 'pause':
      return { live: 'open-runs' };
    case 'resume':
      return { live: 'left-runs' };
    case 'retry':
      return { live: 'failed-runs' };
    case 'approvals':
    case 'approve':
    case 'reject':
      return { live: 'asking-runs' };
    case 'resolve':
      return { live: 'runs-in-doubt' };
    default:
      return { live: 'runs' };
  }
}
