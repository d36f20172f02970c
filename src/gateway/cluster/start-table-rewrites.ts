import { runPeriodically, type WatchClock } from '../../clock/run-periodically.ts';
import { minuteMs } from '../../event/units.ts';
import { describeError, type Logger } from '../../logger.ts';
import type { RewriteReport, TableRewriteStore } from '../../storage/ports/table-rewrites.ts';

export interface TableRewriteDeps {
  readonly rewrites: TableRewriteStore;
  /** The hour of the day in UTC; null if the operator rewrites the tables. */
  readonly hour: number | null;
  /** Returns whether this process is the one that rewrites tables. */
  readonly isElected: () => boolean;
  readonly clock: WatchClock;
  readonly logger: Logger;
}

const everyMs = 10 * minuteMs;

/** Rewrites the large tables with earlier versions of erased rows, at the operator's hour. Reports the erasures that end. */
export function startTableRewrites({ rewrites, hour, isElected, clock, logger }: TableRewriteDeps): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const round = async () => {
    if (!isElected()) return;
    const isDue = new Date(clock.now()).getUTCHours() === hour;
    const { ended, failed }: RewriteReport = isDue
      ? await rewrites.rewriteTables(stopping.signal)
      : { ended: await rewrites.settleRewrites(), failed: [] };
    for (const { table, error } of failed) logger.error({ table, error: describeError(error) }, 'table not rewritten');
    for (const site of ended) logger.info({ site }, 'erasure ended: tables rewritten');
  };
  const rounds = runPeriodically({
    clock,
    firstAfterMs: everyMs,
    everyMs,
    round,
    onFault(error, isRepeated) {
      if (!isRepeated) logger.error({ error: describeError(error) }, 'table rewrites failed');
    },
  });
  return {
    stop() {
      stopping.abort();
      return rounds.stop();
    },
  };
}
