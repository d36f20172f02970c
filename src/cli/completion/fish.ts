import type { CompletionOption, CompletionPlace, CompletionValue } from './completion-places.ts';
import { listPaths } from './shell-words.ts';

/** Formats the completion script for fish. */
export function formatFish(places: readonly CompletionPlace[]): string {
  return `function __convey_at
  set -l at ''
  for word in (commandline -opc)[2..-1]
    contains -- "$at $word" ${listPaths(places).map(quoteFish).join(' ')}
    and set at "$at $word"
  end
  test "$at" = "$argv[1]"
end
complete -c convey -f
${places.flatMap(formatPlace).join('\n')}
`;
}

function formatPlace({ path, commands, options, argument }: CompletionPlace): readonly string[] {
  const start = `complete -c convey -n ${quoteFish(`__convey_at ${quoteFish(path)}`)}`;
  return [
    ...commands.map(({ name, summary }) => `${start} -a ${name} -d ${quoteFish(summary)}`),
    ...options.map((option) => `${start} ${formatOption(option)}`),
    ...(argument === 'file' ? [`${start} -F`] : Array.isArray(argument) ? [`${start} -a ${quoteFish(argument.join(' '))}`] : []),
  ];
}

function formatOption({ flags, summary, value }: CompletionOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  return [...names, ...(value === undefined ? [] : [formatValue(value)]), `-d ${quoteFish(summary)}`].join(' ');
}

function formatValue(value: CompletionValue): string {
  if (value === 'file') return '-r -F';
  return value === 'any' ? '-x' : `-x -a ${quoteFish(value.join(' '))}`;
}

function quoteFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
