import type { Json } from '../../event/issue.ts';
import type { MatchKeyKind } from './matching.ts';

/** Returns the keys that the payload has: those with a value at one of their paths. */
export function findMatchKeys(payload: Json, keys: readonly MatchKeyKind[]): readonly MatchKeyKind[] {
  return keys.filter(({ paths }) => paths.some((path) => hasValue(payload, path.split('.'))));
}

function hasValue(value: Json | undefined, path: readonly string[]): boolean {
  const [name, ...rest] = path;
  if (Array.isArray(value)) {
    const entries: readonly Json[] = name === '*' || name === undefined ? value : [];
    return entries.some((entry) => hasValue(entry, rest));
  }
  if (name === undefined) return value !== undefined && value !== null;
  if (typeof value !== 'object' || value === null) return false;
  const members = new Map(Object.entries(value));
  return hasValue(members.get(name), rest);
}
