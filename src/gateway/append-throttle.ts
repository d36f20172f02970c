/** The 99th percentile that is too slow, among how many appends of how long. */
const tooSlowMs = 2_000;
const leastAppends = 20;
const windowSeconds = 10;

export interface AppendThrottle {
  /**
   * Asks for one append; the answer is called once it ended, whatever came of it. `undefined`: so many of the last 10 s took so long
   * that more would only wait behind them. Then one goes at a time, and the first that is quick ends it.
   */
  admit(): (() => void) | undefined;
}

/** @param now in milliseconds, of a clock that does not jump. */
export function createAppendThrottle(now: () => number): AppendThrottle {
  let seconds: { readonly at: number; all: number; slow: number }[] = [];
  let isTrying = false;

  const note = (tookMs: number) => {
    const at = Math.floor(now() / 1_000);
    if (seconds.at(-1)?.at !== at) seconds = [...seconds.slice(1 - windowSeconds), { at, all: 0, slow: 0 }];
    const second = seconds.at(-1);
    if (!second) return;
    second.all += 1;
    if (tookMs > tooSlowMs) second.slow += 1;
  };
  const isSlow = () => {
    const since = Math.floor(now() / 1_000) - windowSeconds;
    const recent = seconds.filter(({ at }) => at > since);
    const all = recent.reduce((sum, second) => sum + second.all, 0);
    const slow = recent.reduce((sum, second) => sum + second.slow, 0);
    return all >= leastAppends && slow > all / 100;
  };

  return {
    admit() {
      const isTry = isSlow();
      if (isTry && isTrying) return undefined;
      if (isTry) isTrying = true;
      const startedAt = now();
      return () => {
        const tookMs = now() - startedAt;
        if (isTry) isTrying = false;
        if (isTry && tookMs <= tooSlowMs) seconds = [];
        note(tookMs);
      };
    },
  };
}
