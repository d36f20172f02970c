import type { ConfigProblem } from '../config/sites.ts';
import { uetRepeatsTag } from '../config/tags.ts';

/** `uet` is the earlier name of `tags.microsoft`. Requests and stored sites may have it; inside there is only `tags`. */

type Members = Readonly<Record<string, unknown>>;

/** Returns the members of a site with `tags.microsoft` in place of `uet`. */
export function renameUet<T extends Members>(written: T): Omit<T, 'uet'> {
  const { uet, ...rest } = written;
  return uet === undefined ? rest : { ...rest, tags: { ...toMembers(rest.tags), microsoft: uet } };
}

/** Returns the problem of a request that has both names. */
export function findRepeatedTag(input: Members): readonly ConfigProblem[] {
  const isRepeated = input.uet !== undefined && toMembers(input.tags).microsoft !== undefined;
  return isRepeated ? [{ path: 'uet', message: uetRepeatsTag }] : [];
}

/** Returns the path in the words of the request: with `uet` if the request has it. */
export function restoreUetPath(path: string, raw: Members): string {
  return raw.uet === undefined ? path : path.replace(/^tags\.microsoft\b/, 'uet');
}

function toMembers(value: unknown): Members {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
