import type { CompletionPlace, CompletionValue } from './completion-places.ts';

/** Quotes a text for bash and zsh. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Returns the paths of all commands. */
export function listPaths(places: readonly CompletionPlace[]): readonly string[] {
  return places.map(({ path }) => path).filter((path) => path !== '');
}

/** Groups the options that take a value by their values. Each is a path and a flag: ` start --config`. */
export function listValues(
  places: readonly CompletionPlace[],
): readonly { readonly places: readonly string[]; readonly value: CompletionValue }[] {
  const options = places.flatMap(({ path, options }) =>
    options.flatMap(({ flags, value }) =>
      flags.flatMap((flag) => (value === undefined ? [] : [{ at: `${path} ${flag}`, value }])),
    ),
  );
  return [...Map.groupBy(options, ({ value }) => String(value)).values()].flatMap((same) =>
    same[0] ? [{ places: same.map(({ at }) => at), value: same[0].value }] : [],
  );
}
