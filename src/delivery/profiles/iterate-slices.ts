import { setImmediate as nextTurn } from 'node:timers/promises';

/** Bytes after which a slice ends, so that large entries do not hold the loop for longer than many small ones. */
const bytesAtOnce = 256 * 1_024;

/**
 * Yields consecutive slices of a list, and lets other tasks of the process run between two of them. A slice has at most `size` entries, and
 * ends at the entry that makes it large. Without `getBytes`, only the number of entries counts.
 */
export async function* iterateSlices<T>(
  all: readonly T[],
  size: number,
  getBytes: (entry: T) => number = () => 0,
): AsyncGenerator<readonly T[]> {
  for (let from = 0; from < all.length; ) {
    if (from > 0) await nextTurn();
    let end = from;
    for (let bytes = 0; end < all.length && end - from < size && bytes < bytesAtOnce; end++) {
      const entry = all[end];
      if (entry !== undefined) bytes += getBytes(entry);
    }
    yield all.slice(from, end);
    from = end;
  }
}
