const usualMaxLength = 512;

/**
 * The click ids whose platforms take more than 512 characters, with the `maxLength` of each. The store's writer bounds profiles by this
 * table: it would take twice as long to start if it loaded the destinations.
 */
const longClickIds: ReadonlyMap<string, number> = new Map([
  ['oppref', 2_048],
  ['ttclid', 2_048],
]);

/** Returns the longest form of a click id in a profile, in characters. */
export function getClickIdMaxLength(name: string): number {
  return longClickIds.get(name) ?? usualMaxLength;
}

/** Returns whether the ids of this name may be longer than those of most platforms. */
export function isLongClickId(name: string): boolean {
  return longClickIds.has(name);
}
