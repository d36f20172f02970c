import { setImmediate as nextTurn } from 'node:timers/promises';

/** A body of more bytes is read in a turn of its own. */
export const largeBodyBytes = 65_536;

let last = Promise.resolve();

/**
 * Resolves when it is this one's turn. Large pieces of work go one after another, each in a turn of the loop of its own, and what else
 * waits goes between them; without the line, all that became ready at once would run at once. There is one line, as there is one loop.
 */
export function yieldToEventLoop(): Promise<void> {
  last = last.then(() => nextTurn());
  return last;
}
