import { offerCommand } from '../declare/inspection.ts';
import type { CommandWords, Offer } from './describe-commands.ts';

/** Completion for fish. */
export function fishScript(commands: readonly CommandWords[]): string {
  return [
    '# Completion of runner for fish. Use it with: runner completion fish > ~/.config/fish/completions/runner.fish',
    'complete -c runner -f',
    ...commands.flatMap(linesOf),
  ].join('\n');
}

function linesOf({ path, description, options, subcommands, offer }: CommandWords): readonly string[] {
  const inside = `-n '__fish_seen_subcommand_from ${path}'`;
  const words = subcommands.map((each) => ({
    word: each.path.slice(each.path.lastIndexOf(' ') + 1),
    text: each.description,
  }));
  return [
    `complete -c runner -n __fish_use_subcommand -a ${path} -d ${quote(description)}`,
    ...options.map(({ long, description: text, takesValue, value }) => {
      const values = takesValue ? ` -r${valueFlags(value)}` : '';
      return `complete -c runner ${inside} -l ${long.slice(2)}${values} -d ${quote(text)}`;
    }),
    ...words.map(({ word, text }) => `complete -c runner ${inside} -a ${word} -d ${quote(text)}`),
    ...(valueFlags(offer) === '' ? [] : [`complete -c runner ${inside}${valueFlags(offer)}`]),
  ];
}

function valueFlags({ words, live, files }: Offer): string {
  const source = live === undefined ? words.join(' ') : `(runner ${offerCommand} ${live} 2>/dev/null)`;
  return `${files ? ' -F' : ''}${source === '' ? '' : ` -a ${quote(source)}`}`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
