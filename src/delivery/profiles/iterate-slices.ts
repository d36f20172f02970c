import { setImmediate as nextTurn } from 'node:timers/promises';

/** Yields consecutive slices of a list, and lets other tasks of the process run between two of them. */
export async function* iterateSlices<T>(all: readonly T[], size: number): AsyncGenerator<readonly T[]> {
  for (let from = 0; from < all.length; from += size) {
    if (from > 0) await nextTurn();
    yield all.slice(from, from + size);
  }
}
