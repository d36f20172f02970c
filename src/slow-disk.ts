/** The 99th percentile that is too slow, among how many appends of how long. */
const tooSlowMs = 2_000;
const leastAppends = 20;
const windowMs = 10_000;

export interface SlowDisk {
  /** Does the append, and remembers how long it took, whatever came of it. */
  timed<T>(append: () => Promise<T>): Promise<T>;
  /** Whether so many of the last 10 s took so long that more would only wait behind them. Of what is refused nothing is remembered, so it ends by itself. */
  isSlow(): boolean;
}

/** @param now in milliseconds, of a clock that does not jump. */
export function slowDisk(now: () => number): SlowDisk {
  let appends: { readonly endedAt: number; readonly tookMs: number }[] = [];
  return {
    async timed(append) {
      const startedAt = now();
      try {
        return await append();
      } finally {
        const endedAt = now();
        appends.push({ endedAt, tookMs: endedAt - startedAt });
        if (appends.length > 2_000) appends = appends.slice(-1_000);
      }
    },
    isSlow() {
      const since = now() - windowMs;
      const recent = appends.filter(({ endedAt }) => endedAt > since).map(({ tookMs }) => tookMs);
      if (recent.length < leastAppends) return false;
      const slower = recent.filter((tookMs) => tookMs > tooSlowMs).length;
      return slower > recent.length / 100;
    },
  };
}
