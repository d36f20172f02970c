import type { CompletionPlace, CompletionValue } from './completion-places.ts';
import { listPaths, listValues, quote } from './shell-words.ts';

/** Formats the completion script for bash, from version 3.2 on. */
export function formatBash(places: readonly CompletionPlace[]): string {
  return `_convey() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} at='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
      ${listPaths(places).map(quote).join('|')}) at="$at $word" ;;
    esac
  done
  case "$at $previous" in
${listValues(places).map(formatCase).join('\n')}
  esac
  case "$at" in
${places.map((place) => `    ${quote(place.path)}) ${formatPlace(place)} ;;`).join('\n')}
  esac
  COMPREPLY+=($(compgen -W "$words" -- "$current"))
}
complete -F _convey convey
`;
}

const files = 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current"))';

function formatCase({ places, value }: { readonly places: readonly string[]; readonly value: CompletionValue }): string {
  const complete =
    value === 'any'
      ? 'COMPREPLY=()'
      : value === 'file'
        ? files
        : `COMPREPLY=($(compgen -W ${quote(value.join(' '))} -- "$current"))`;
  return `    ${places.map(quote).join('|')}) ${complete}; return ;;`;
}

function formatPlace({ commands, options, argument }: CompletionPlace): string {
  const choices = Array.isArray(argument) ? argument : [];
  const words = [...commands.map(({ name }) => name), ...choices, ...options.flatMap(({ flags }) => flags.slice(0, 1))];
  return `COMPREPLY=(); words=${quote(words.join(' '))}${argument === 'file' ? `; ${files}` : ''}`;
}
