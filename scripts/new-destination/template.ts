import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DestinationNames } from './names.ts';

/** The worked example, which is the template of every new destination. */
const example = 'examples/destination';

/** Returns the files of a new destination: the text of each by its path in the repository. */
export function renderFiles(root: string, names: DestinationNames): ReadonlyMap<string, string> {
  const folder = join(root, example);
  const files = globSync('**', { cwd: folder }).filter((path) => statSync(join(folder, path)).isFile());
  return new Map(
    files.map((path) => [
      rename(path, names, false),
      rename(readFileSync(join(folder, path), 'utf8'), names, path.endsWith('.ts')),
    ]),
  );
}

/** Whether the example's code uses this word, so that a name of the destination would hide another one. */
export function isWordOfCode(root: string, word: string): boolean {
  return globSync(`${example}/**/*.ts`, { cwd: root }).some((path) =>
    new RegExp(`\\b${word}\\b`).test(readFileSync(join(root, path), 'utf8')),
  );
}

/**
 * Replaces the example's names in a text: its id, its title, its hosts, its click id, the paths of its simulator, and its dates. In code,
 * the bare word is a variable unless it is part of a text or a path.
 */
function rename(text: string, { id, title, camel, pascal, clickId, checked }: DestinationNames, isCode: boolean): string {
  const replacements: readonly (readonly [pattern: RegExp, by: string])[] = [
    [/\bads\.example\b/, `${id}.example`],
    [/\b2026-11-\d\d\b/, checked],
    // The demo serves all simulators at one address.
    [/(?<=2026-11\\?\/)events\b/, `${id}-events`],
    [/\bhit\b/, `${id}-hit`],
    [/\bexclid\b/, clickId],
    [/\bExample Ads'(?=[" ])/, title.endsWith('s') ? `${title}'` : `${title}'s`],
    [/\bExample Ads\b|\bExample\b/, title],
    [/Example(?=[A-Z])/, pascal],
    [/\bexample(?=[A-Z])/, camel],
    ...(isCode ? ([[/(?<![\w'"`/.-])example\b(?![-\\])/, camel]] as const) : []),
    [/\bexample\b/, id],
  ];
  const any = new RegExp(replacements.map(([pattern]) => `(${pattern.source})`).join('|'), 'g');
  return text.replace(any, (found: string, ...groups: readonly unknown[]) => {
    const index = groups.slice(0, replacements.length).findIndex((group) => group !== undefined);
    return replacements[index]?.[1] ?? found;
  });
}
