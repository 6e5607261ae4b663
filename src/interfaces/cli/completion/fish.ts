import type { CommandWords } from './describe-commands.ts';

/** Completion for fish. */
export function fishScript(commands: readonly CommandWords[]): string {
  return [
    '# Completion of runner for fish. Use it with: runner completion fish > ~/.config/fish/completions/runner.fish',
    'complete -c runner -f',
    ...commands.flatMap(linesOf),
  ].join('\n');
}

function linesOf({ path, description, options, subcommands, offers }: CommandWords): readonly string[] {
  const inside = `-n '__fish_seen_subcommand_from ${path}'`;
  const words = [
    ...subcommands.map((each) => ({ word: each.path.slice(each.path.lastIndexOf(' ') + 1), text: each.description })),
    ...(typeof offers === 'string' ? [] : offers.map((word) => ({ word, text: '' }))),
  ];
  return [
    `complete -c runner -n __fish_use_subcommand -a ${path} -d ${quote(description)}`,
    ...options.map(({ long, description: text, takesValue, choices }) => {
      const value = choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : takesValue ? ' -r' : '';
      return `complete -c runner ${inside} -l ${long.slice(2)}${value} -d ${quote(text)}`;
    }),
    ...words.map(({ word, text }) => `complete -c runner ${inside} -a ${word} -d ${quote(text)}`),
    ...(offers === 'workflows'
      ? [
          `complete -c runner ${inside} -F -a '(string replace -r "^workflows/(.*)\\\\.ya?ml\\$" "\\$1" workflows/*.y*ml)'`,
        ]
      : []),
  ];
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
