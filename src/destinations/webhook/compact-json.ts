import type { Json } from '../../event/issue.ts';

/**
 * Returns a value without its empty parts: blank texts, `null`, numbers that JSON does not have, empty lists and objects. `undefined` if
 * nothing is left.
 */
export function compactJson(value: unknown): Json | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  // Adding zero turns -0, which JSON cannot represent, into 0.
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : undefined;
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    const entries = value.map(compactJson).filter((entry) => entry !== undefined);
    return entries.length === 0 ? undefined : entries;
  }
  return compactFields(value);
}

/** Returns the members of an object that are not empty; `undefined` if there are none. */
export function compactFields(value: object): Record<string, Json> | undefined {
  const members = Object.entries(value).flatMap(([key, member]) => {
    const kept = key === '__proto__' || key.trim() === '' ? undefined : compactJson(member);
    return kept === undefined ? [] : [[key, kept] as const];
  });
  return members.length === 0 ? undefined : Object.fromEntries(members);
}
