import { maxChangedPaths } from './activity-entry.ts';
import { toCanonicalJson } from './canonical-json.ts';

/** Returns the values of a tree by their paths. An item of a list is named by its `id` or `key`, if it has one: `sites[shop].name`. */
export function listLeaves(value: unknown, path = ''): ReadonlyMap<string, string> {
  if (Array.isArray(value) && value.every((item) => getItemId(item) !== undefined))
    return new Map(value.flatMap((item) => [...listLeaves(item, `${path}[${getItemId(item)}]`)]));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined && typeof member !== 'function');
    return new Map(members.flatMap(([name, member]) => [...listLeaves(member, path === '' ? name : `${path}.${name}`)]));
  }
  if (value === undefined) return new Map<string, string>();
  return new Map([[path, toCanonicalJson(value)]]);
}

function getItemId(item: unknown): string | undefined {
  return typeof item === 'object' && item !== null && 'id' in item && typeof item.id === 'string' ? item.id : undefined;
}

/** Returns the paths whose values differ between two trees, sorted. Never contains a value. */
export function listChangedPaths(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).toSorted();
}

/** Returns the members of an entry for changed paths: as many as it may name, and the number of the others. */
export function toChangedMembers(paths: readonly string[]): { readonly changed: readonly string[]; readonly more?: number } {
  const changed = paths.slice(0, maxChangedPaths).map((path) => path.slice(0, 200));
  const more = paths.length - changed.length;
  return { changed, ...(more > 0 && { more }) };
}
