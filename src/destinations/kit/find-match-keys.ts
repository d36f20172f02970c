import type { Json } from '../../event/issue.ts';
import type { MatchKeyKind } from './matching.ts';

type Path = readonly string[];

/** The split paths of a platform's keys, in their order, because each event is searched for all keys. */
const splitPaths = new WeakMap<readonly MatchKeyKind[], readonly (readonly Path[])[]>();

/** Returns the keys that the payload has: those with a value at one of their paths. */
export function findMatchKeys(payload: Json, keys: readonly MatchKeyKind[]): readonly MatchKeyKind[] {
  const paths = getPaths(keys);
  return keys.filter((_, index) => paths[index]?.some((path) => hasValue(payload, path, 0)));
}

function getPaths(keys: readonly MatchKeyKind[]): readonly (readonly Path[])[] {
  const known = splitPaths.get(keys);
  if (known) return known;
  const split = keys.map(({ paths }) => paths.map((path) => path.split('.')));
  splitPaths.set(keys, split);
  return split;
}

/** Returns whether the value has something at the path from its part `depth` on. */
function hasValue(value: Json | undefined, path: Path, depth: number): boolean {
  const name = path[depth];
  if (Array.isArray(value)) {
    const entries: readonly Json[] = name === '*' || name === undefined ? value : [];
    return entries.some((entry) => hasValue(entry, path, depth + 1));
  }
  if (name === undefined) return value !== undefined && value !== null;
  return isJsonObject(value) && Object.hasOwn(value, name) && hasValue(value[name], path, depth + 1);
}

function isJsonObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
