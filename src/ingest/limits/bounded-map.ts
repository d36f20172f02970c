/**
 * A map of at most `maxSize` entries. `set` makes its key the newest; beyond the bound the oldest entry is removed. The bound is exact:
 * strangers choose the keys of these maps, and `quick-lru` keeps up to twice its maximum and expires entries by the system clock only.
 */
export class BoundedMap<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #maxSize: number;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  set(key: Key, value: Value): void {
    // A Map iterates in the order of insertion.
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#maxSize) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(key: Key): void {
    this.#entries.delete(key);
  }
}

/** Returns a function that keeps the results of the newest `maxSize` arguments. */
export function cacheNewest<Key, Value extends object | string | number | boolean>(
  maxSize: number,
  compute: (key: Key) => Value,
): (key: Key) => Value {
  const results = new BoundedMap<Key, Value>(maxSize);
  return (key) => {
    const known = results.get(key);
    if (known !== undefined) return known;
    const result = compute(key);
    results.set(key, result);
    return result;
  };
}
