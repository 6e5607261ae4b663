import { offerCommand } from '../declare/inspection.ts';
import type { CommandWords, Offer } from './describe-commands.ts';

/** Completion for bash 4 and later; needs nothing of the package bash-completion. */
export function bashScript(commands: readonly CommandWords[]): string {
  return `# Completion of runner for bash. Use it with: source <(runner completion bash)
_runner() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  local command="" sub="" skip="" count=0 index
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    # bash cuts name=value into three words; the last two belong to the first.
    case "\${COMP_WORDS[index]}" in
      = | : | :=) skip=yes; continue ;;
    esac
    if [[ -n $skip ]]; then skip=""; continue; fi
    case "\${COMP_WORDS[index]}" in
      ${valuedOptions(commands).join(' | ')}) skip=yes ;;
      -*) ;;
      *)
        if [[ -z $command ]]; then command=\${COMP_WORDS[index]}
        else
          [[ -z $sub ]] && sub=\${COMP_WORDS[index]}
          ((count++))
        fi ;;
    esac
  done
  local options="" words="" live="" files=""
  case "$command" in
    "") words="${commands.map(({ path }) => path).join(' ')} help"; options="--help --version" ;;
${commands.map(commandCase).join('')}  esac
  case "$command $sub" in
${commands.flatMap(({ subcommands }) => subcommands.map(subcommandCase)).join('')}  esac
  [[ -n $skip ]] && words="" live="" files="" options=""
  case "$command $before" in
${valueCases(commands)}  esac
  case "$command $sub $before" in
${valueCases(commands.flatMap(({ subcommands }) => subcommands))}  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
    return
  fi
  [[ -n $live ]] && words+=" $("\${COMP_WORDS[0]}" ${offerCommand} "$live" 2>/dev/null)"
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
        .filter(({ value }) => value.words.length > 0 || value.live !== undefined || value.files)
        .map(({ long, value }) => `    "${path} ${long}") ${assignments(value)} options="" ;;\n`),
    )
    .join('');
}

function commandCase({ path, options, subcommands, offer }: CommandWords): string {
  const words = [...subcommands.map((each) => lastWord(each.path)), ...offer.words];
  return `    ${path}) options="${longNames(options)}"; ${firstOnly({ ...offer, words }, 0)} ;;\n`;
}

function subcommandCase({ path, options, offer }: CommandWords): string {
  return `    "${path}") options="${longNames(options)}"; ${firstOnly(offer, 1)} ;;\n`;
}

function longNames(options: CommandWords['options']): string {
  return options.map(({ long }) => long).join(' ');
}

/** @param before how many words stand between the command and its first argument */
function firstOnly(offer: Offer, before: number): string {
  return offer.repeats ? assignments(offer) : `if ((count == ${before})); then ${assignments(offer)} fi`;
}

/** What takes the word after it, whatever it looks like. */
function valuedOptions(commands: readonly CommandWords[]): readonly string[] {
  const all = [...commands, ...commands.flatMap(({ subcommands }) => subcommands)].flatMap(({ options }) => options);
  return [
    ...new Set(
      all
        .filter(({ takesValue }) => takesValue)
        .flatMap(({ long, short }) => (short === undefined ? [long] : [long, short])),
    ),
  ];
}

function assignments({ words, live, files }: Offer): string {
  return `words="${words.join(' ')}"; live="${live ?? ''}"; files="${files ? 'yes' : ''}";`;
}

function lastWord(path: string): string {
  return path.slice(path.lastIndexOf(' ') + 1);
}
