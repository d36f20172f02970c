import { setImmediate as nextTurn } from 'node:timers/promises';

/** A body of more bytes is processed in a turn of its own. */
export const largeBodyBytes = 65_536;

let last = Promise.resolve();

/**
 * Resolves in a later turn of the event loop. Serializes large pieces of work, one per turn, so that other requests run between them.
 * Without the queue, all that became ready together would run in the same turn.
 */
export function yieldToEventLoop(): Promise<void> {
  last = last.then(() => nextTurn());
  return last;
}
