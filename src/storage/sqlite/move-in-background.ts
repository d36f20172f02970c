import { setTimeout as sleep } from 'node:timers/promises';

/** The pause between two moves, for other writes. */
const movePauseMs = 50;
const firstRetryMs = 100;
const longestRetryMs = 60_000;

interface MoveDeps {
  /** Moves some rows, and returns their number. */
  readonly move: () => Promise<number | null | undefined>;
  /** Ends the move when no row is left. It is tried again like a move. */
  readonly complete?: () => Promise<void>;
  /** Called with the first of the errors that follow each other. The move is tried again. */
  readonly onFault: (error: unknown) => void;
}

/** Moves the rows of an earlier schema while the gateway runs, until none is left. */
export function moveInBackground({ move, complete, onFault }: MoveDeps): { stop(): Promise<void> } {
  const closing = new AbortController();
  const { signal } = closing;
  let retryMs = firstRetryMs;
  /** Returns the pause before the next step; `undefined` after the last one. */
  const step = async (): Promise<number | undefined> => {
    try {
      const moved = await move();
      if (!moved) await complete?.();
      retryMs = firstRetryMs;
      return moved ? movePauseMs : undefined;
    } catch (error) {
      if (retryMs === firstRetryMs && !signal.aborted) onFault(error);
      const pauseMs = retryMs;
      retryMs = Math.min(longestRetryMs, 2 * retryMs);
      return pauseMs;
    }
  };
  const run = async () => {
    while (!signal.aborted) {
      const pauseMs = await step();
      if (pauseMs === undefined) return;
      await sleep(pauseMs, undefined, { signal, ref: false });
    }
  };
  // Only the end of the sleep by `stop` rejects.
  const ended = run().catch(() => {});
  return {
    async stop() {
      closing.abort();
      await ended;
    },
  };
}
