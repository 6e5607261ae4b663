import { offerCommand } from '../declare/inspection.ts';
import type { CommandWords, Offer, OptionWords } from './describe-commands.ts';

/** Completion for zsh, to be put into a folder of fpath as _runner, or sourced after compinit. */
export function zshScript(commands: readonly CommandWords[]): string {
  return `#compdef runner
# Completion of runner for zsh. Use it with: runner completion zsh > "\${fpath[1]}/_runner"
_runner_offer() {
  local -a words
  words=(\${(f)"$(runner ${offerCommand} $1 2>/dev/null)"})
  (( $#words )) && compadd -a words
}

_runner_offer_or_file() {
  _runner_offer $1
  _files
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

function optionSpec({ long, description, takesValue, value }: OptionWords): string {
  const text = description.replaceAll(/[[\]:]/g, ' ');
  return quote(`*${long}[${text}]${takesValue ? `:value:${actionOf(value)}` : ''}`);
}

function positionSpec({ offer, subcommands }: CommandWords): readonly string[] {
  const words = [...subcommands.map(({ path }) => path.slice(path.lastIndexOf(' ') + 1)), ...offer.words];
  const action = actionOf({ ...offer, words });
  return action === '' ? [] : [quote(`${offer.repeats ? '*' : '1'}:word:${action}`)];
}

/** The space in front keeps zsh from putting words of its own before the function's argument. */
function actionOf({ words, live, files }: Offer): string {
  if (words.length > 0) return `(${words.join(' ')})`;
  if (live !== undefined) return ` ${files ? '_runner_offer_or_file' : '_runner_offer'} ${live}`;
  return files ? '_files' : '';
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
