type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Removes undefined values, blank texts, empty lists and objects without keys, because a platform would read them as values. */
export function omitEmpty<T extends Record<string, unknown>>(parts: T): Present<T>;
export function omitEmpty(parts: Record<string, unknown>): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name in parts) {
    if (!Object.hasOwn(parts, name)) continue;
    const part = parts[name];
    if (!isAbsent(part)) found[name] = part;
  }
  return found;
}

function isAbsent(part: unknown): boolean {
  if (typeof part === 'string') return part.trim() === '';
  if (Array.isArray(part)) return part.length === 0;
  return part === undefined || (typeof part === 'object' && part !== null && !hasKey(part));
}

function hasKey(part: object): boolean {
  for (const name in part) if (Object.hasOwn(part, name)) return true;
  return false;
}
