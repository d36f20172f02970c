import type { CompletionPlace, CompletionValue } from './completion-places.ts';
import { listPaths, listValues, quote } from './shell-words.ts';

/** Formats the completion script for zsh, to be sourced or put into a folder of `fpath`. */
export function formatZsh(places: readonly CompletionPlace[]): string {
  return `#compdef convey
_convey() {
  local at='' word previous=\${words[CURRENT-1]}
  local -a choices
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      (${listPaths(places).map(quote).join('|')}) at="$at $word" ;;
    esac
  done
  case "$at $previous" in
${listValues(places).map(formatCase).join('\n')}
  esac
  case "$at" in
${places.map((place) => `    (${quote(place.path)}) ${formatPlace(place)} ;;`).join('\n')}
  esac
  _describe convey choices
}
if [ "$funcstack[1]" = _convey ]; then _convey "$@"; else compdef _convey convey; fi
`;
}

function formatCase({ places, value }: { readonly places: readonly string[]; readonly value: CompletionValue }): string {
  const complete = value === 'any' ? '_message value' : value === 'file' ? '_files' : `compadd -- ${value.map(quote).join(' ')}`;
  return `    (${places.map(quote).join('|')}) ${complete}; return ;;`;
}

function formatPlace({ commands, options, argument }: CompletionPlace): string {
  const choices = [
    ...commands.map(({ name, summary }) => `${name}:${summary}`),
    ...(Array.isArray(argument) ? argument : []),
    // A colon ends the word.
    ...options.map(({ flags, summary }) => `${flags[0]}:${summary}`),
  ];
  return `choices=(${choices.map(quote).join(' ')})${argument === 'file' ? '; _files' : ''}`;
}
