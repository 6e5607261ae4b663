import type { CommandWords } from './describe-commands.ts';

/** Completion for bash 4 and later; needs nothing of the package bash-completion. */
export function bashScript(commands: readonly CommandWords[]): string {
  const all = commands.flatMap((command) => [command, ...command.subcommands]);
  return `# Completion of runner for bash. Use it with: source <(runner completion bash)
_runner() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  local command="" sub="" index
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "\${COMP_WORDS[index]}" in
      -*) ;;
      *) if [[ -z $command ]]; then command=\${COMP_WORDS[index]}; elif [[ -z $sub ]]; then sub=\${COMP_WORDS[index]}; fi ;;
    esac
  done
  case "$command $before" in
${valueCases(all)}  esac
  local options="" words="" files=""
  case "$command" in
    "") words="${commands.map(({ path }) => path).join(' ')} help"; options="--help --version" ;;
${commands.map(commandCase).join('')}  esac
  case "$command $sub" in
${commands.flatMap(({ subcommands }) => subcommands.map(subcommandCase)).join('')}  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
    return
  fi
  [[ -n $files ]] && words+=" $(for file in workflows/*.yaml workflows/*.yml; do [[ -e $file ]] && basename "\${file%.*}"; done)"
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  [[ -n $files ]] && COMPREPLY+=($(compgen -f -- "$word"))
}
complete -o filenames -F _runner runner`;
}

/** Options whose values are known: after them, only these are offered. */
function valueCases(commands: readonly CommandWords[]): string {
  return commands
    .flatMap(({ path, options }) =>
      options
        .filter(({ choices }) => choices.length > 0)
        .map(
          ({ long, choices }) =>
            `    "${path} ${long}") COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$word")); return ;;\n`,
        ),
    )
    .join('');
}

function commandCase({ path, options, subcommands, offers }: CommandWords): string {
  const words = [...subcommands.map((each) => lastWord(each.path)), ...(typeof offers === 'string' ? [] : offers)];
  const files = offers === 'workflows' ? ' files=yes;' : '';
  return `    ${path}) options="${options.map(({ long }) => long).join(' ')}"; words="${words.join(' ')}";${files} ;;\n`;
}

function subcommandCase({ path, options }: CommandWords): string {
  return `    "${path}") options="${options.map(({ long }) => long).join(' ')}"; words="" ;;\n`;
}

function lastWord(path: string): string {
  return path.slice(path.lastIndexOf(' ') + 1);
}
