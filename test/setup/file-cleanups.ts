/** Called after each test file of a worker: they remove what the next file must not find. */
export const fileCleanups = new Set<() => unknown>();
