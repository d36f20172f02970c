import type { DurationCounts } from '../event/durations.ts';
import { createLimitTable, type LimitTable, limitSizes } from '../ingest/limits/limit-table.ts';
import { LogUnavailableError } from '../storage/log/event-log.ts';
import type { EventIntake } from '../storage/spool/spooled-intake.ts';

/** Storage is slow if more than 1% of the appends in the window, of at least `minAppends`, took over `tooSlowMs`. */
const tooSlowMs = 2_000;
const minAppends = 20;
const windowSeconds = 10;

export interface AppendThrottle {
  /**
   * Admits one append and returns a function to call when the append has ended or failed. Returns `undefined` while storage is slow and
   * a trial append runs. Slow storage gets one trial append at a time; the first quick one ends the throttling.
   */
  admit(): (() => void) | undefined;
}

/** The keys of the appends of a second in the window, which the next seconds reuse. */
const keys = Array.from({ length: windowSeconds }, (_, index) => ({ all: `all ${index}`, slow: `slow ${index}` }));
/** The key of the last slow append. */
const slowKey = 'slow';
const trialKey = 'trial';

/** @param now milliseconds of a monotonic clock, the same for all threads that share `counts`. */
export function createAppendThrottle(
  now: () => number,
  counts: LimitTable = createLimitTable(limitSizes.appends),
): AppendThrottle {
  const getSecond = () => Math.floor(now() / 1_000);
  const get = (key: string, second: number) => {
    const count = counts.get(key);
    return count?.at === second ? count.value : 0;
  };
  const add = (key: string | undefined, second: number) => {
    if (key !== undefined) counts.set(key, get(key, second) + 1, second);
  };
  const record = (tookMs: number) => {
    const second = getSecond();
    const key = keys[second % windowSeconds];
    add(key?.all, second);
    if (tookMs <= tooSlowMs) return;
    add(key?.slow, second);
    counts.set(slowKey, 1, second);
  };
  const isSlow = () => {
    const last = getSecond();
    // Mostly there is none, and nothing has to be added up.
    if ((counts.get(slowKey)?.at ?? Number.NEGATIVE_INFINITY) <= last - windowSeconds) return false;
    let all = 0;
    let slow = 0;
    for (let second = Math.max(0, last - windowSeconds + 1); second <= last; second += 1) {
      const key = keys[second % windowSeconds];
      if (!key) continue;
      all += get(key.all, second);
      slow += get(key.slow, second);
    }
    return all >= minAppends && slow > all / 100;
  };
  const forget = () => {
    counts.delete(slowKey);
    for (const { all, slow } of keys) {
      counts.delete(all);
      counts.delete(slow);
    }
  };

  return {
    admit: () =>
      counts.exclusively(() => {
        const isTrial = isSlow();
        if (isTrial && counts.get(trialKey)) return undefined;
        if (isTrial) counts.set(trialKey, 1, 0);
        const startedAt = now();
        return () =>
          counts.exclusively(() => {
            const tookMs = now() - startedAt;
            if (isTrial) counts.delete(trialKey);
            if (isTrial && tookMs <= tooSlowMs) forget();
            record(tookMs);
          });
      }),
  };
}

interface AppendGuards {
  /** @throws LogUnavailableError if no event can be stored. */
  readonly demandWritable: () => void;
  readonly throttle: AppendThrottle;
  /** Counts the time of each append, also of a failed one. */
  readonly durations?: DurationCounts;
}

/** Returns an `append` that is refused while no event can be stored, or storage is slow. */
export function createGuardedAppend(
  intake: Pick<EventIntake, 'append'>,
  { demandWritable, throttle, durations }: AppendGuards,
): EventIntake['append'] {
  return async (records) => {
    demandWritable();
    const end = throttle.admit();
    if (!end) throw new LogUnavailableError('Storing events takes over 2 s');
    const startedAt = performance.now();
    try {
      return await intake.append(records);
    } finally {
      durations?.countSince(startedAt);
      end();
    }
  };
}
