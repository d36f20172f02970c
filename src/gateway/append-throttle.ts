import { type EventLog, LogUnavailableError } from '../storage/log/event-log.ts';

/** The disk is slow if more than 1 % of the appends in the window, of at least `minAppends`, took over `tooSlowMs`. */
const tooSlowMs = 2_000;
const minAppends = 20;
const windowSeconds = 10;

export interface AppendThrottle {
  /**
   * Admits one append and returns a function to call when the append has ended or failed. Returns `undefined` while the disk is slow and
   * a trial append runs. A slow disk gets one trial append at a time; the first quick one ends the throttling.
   */
  admit(): (() => void) | undefined;
}

/** @param now milliseconds of a monotonic clock. */
export function createAppendThrottle(now: () => number): AppendThrottle {
  let seconds: { readonly at: number; all: number; slow: number }[] = [];
  let isTrialRunning = false;

  const record = (tookMs: number) => {
    const at = Math.floor(now() / 1_000);
    if (seconds.at(-1)?.at !== at) seconds = [...seconds.slice(1 - windowSeconds), { at, all: 0, slow: 0 }];
    const second = seconds.at(-1);
    if (!second) return;
    second.all += 1;
    if (tookMs > tooSlowMs) second.slow += 1;
  };
  const isSlow = () => {
    const since = Math.floor(now() / 1_000) - windowSeconds;
    let all = 0;
    let slow = 0;
    for (const second of seconds) {
      if (second.at <= since) continue;
      all += second.all;
      slow += second.slow;
    }
    return all >= minAppends && slow > all / 100;
  };

  return {
    admit() {
      const isTrial = isSlow();
      if (isTrial && isTrialRunning) return undefined;
      if (isTrial) isTrialRunning = true;
      const startedAt = now();
      return () => {
        const tookMs = now() - startedAt;
        if (isTrial) isTrialRunning = false;
        if (isTrial && tookMs <= tooSlowMs) seconds = [];
        record(tookMs);
      };
    },
  };
}

interface AppendGuards {
  /** @throws LogUnavailableError if the event log is not writable. */
  readonly demandWritable: () => void;
  readonly throttle: AppendThrottle;
}

/** Returns the event log's `append`, refused while it is not writable or the disk is slow. */
export function createGuardedAppend(
  log: Pick<EventLog, 'append'>,
  { demandWritable, throttle }: AppendGuards,
): EventLog['append'] {
  return async (records) => {
    demandWritable();
    const end = throttle.admit();
    if (!end) throw new LogUnavailableError('The disk takes over 2 s for an append');
    try {
      return await log.append(records);
    } finally {
      end();
    }
  };
}
