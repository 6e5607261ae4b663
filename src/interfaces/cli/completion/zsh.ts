import type { CommandWords, OptionWords } from './describe-commands.ts';

/** Completion for zsh, to be put into a folder of fpath as _runner, or sourced after compinit. */
export function zshScript(commands: readonly CommandWords[]): string {
  return `#compdef runner
# Completion of runner for zsh. Use it with: runner completion zsh > "\${fpath[1]}/_runner"
_runner_workflows() {
  local -a names
  names=(workflows/*.(yaml|yml)(N:t:r))
  (( $#names )) && compadd -a names
  _files -g '*.(yaml|yml)'
}

_runner() {
  local -a commands
  commands=(
${commands.map(({ path, description }) => `    ${quote(`${path}:${description}`)}\n`).join('')}  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case "$command" in
${commands.map(commandCase).join('')}  esac
}

if [[ $funcstack[1] == _runner ]]; then _runner "$@"; else compdef _runner runner; fi`;
}

function commandCase(command: CommandWords): string {
  const argumentsOf = [...command.options.map(optionSpec), ...positionSpec(command)];
  return `    ${command.path}) _arguments ${argumentsOf.join(' ')} ;;\n`;
}

function optionSpec({ long, description, takesValue, choices }: OptionWords): string {
  const text = description.replaceAll(/[[\]:]/g, ' ');
  const value = choices.length > 0 ? `:value:(${choices.join(' ')})` : takesValue ? ':value:_files' : '';
  return quote(`*${long}[${text}]${value}`);
}

function positionSpec({ offers, subcommands }: CommandWords): readonly string[] {
  if (offers === 'workflows') return [quote('*:workflow:_runner_workflows')];
  const words = [
    ...subcommands.map(({ path }) => path.slice(path.lastIndexOf(' ') + 1)),
    ...(offers === 'nothing' ? [] : offers),
  ];
  return words.length === 0 ? [] : [quote(`1:word:(${words.join(' ')})`)];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
