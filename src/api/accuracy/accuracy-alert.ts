import { setImmediate as nextTurn } from 'node:timers/promises';
import { runPeriodically, type WatchClock } from '../../clock/run-periodically.ts';
import type { OrderTotals } from '../../event/order-accuracy.ts';
import type { Site } from '../../event/site.ts';
import { minuteMs, secondMs } from '../../event/units.ts';
import { describeError, type Logger } from '../../logger.ts';
import { formatConsumerId } from '../../storage/store/consumer-id.ts';
import { type AccuracyReader, type DayRange, getLastWeek } from './accuracy-reader.ts';

/** If the week had fewer orders, one order would change the share too much. */
export const minOrders = 20;
const everyMs = 5 * minuteMs;
const firstAfterMs = 10 * secondMs;

/** `off`: the alert is disabled. `few`: too few orders. `fine`, `under`: the share is not below, or below, the limit. */
export type AlertState = 'off' | 'few' | 'fine' | 'under';

/** The result of one connection's last seven whole days. */
export interface AccuracyAlert extends DayRange {
  readonly connection: string;
  readonly state: AlertState;
  readonly orders: number;
  readonly share?: number;
}

type WatchedSite = Pick<Site, 'id' | 'connections' | 'accuracy'>;

export interface AccuracyWatchDeps {
  readonly sites: () => readonly WatchedSite[];
  readonly accuracy: AccuracyReader;
  readonly clock: WatchClock;
  readonly logger: Logger;
}

export function judgeAccuracy({ orders, share }: Pick<OrderTotals, 'orders' | 'share'>, alertUnder: number | null): AlertState {
  if (alertUnder === null || alertUnder === 0) return 'off';
  if (orders < minOrders || share === undefined) return 'few';
  return share < alertUnder ? 'under' : 'fine';
}

/** Checks every site's last week every few minutes. Logs when a share falls below the limit, and when it recovers. */
export function startAccuracyAlerts({ sites, accuracy, clock, logger }: AccuracyWatchDeps) {
  /** Connections with a logged alert that have not recovered. */
  const alerted = new Set<string>();

  const getAlerts = async (site: WatchedSite, maxAgeMs: number): Promise<readonly AccuracyAlert[]> => {
    const week = getLastWeek(clock.now());
    const { connections } = await accuracy.of(site, week, maxAgeMs);
    return connections.map(({ connection, orders, share }) => ({
      ...week,
      connection,
      state: judgeAccuracy({ orders, ...(share !== undefined && { share }) }, site.accuracy.alertUnder),
      orders,
      ...(share !== undefined && { share }),
    }));
  };

  const check = async (isOver: () => boolean) => {
    for (const site of sites()) {
      // The store reads at once, without a turn for other work.
      await nextTurn();
      if (isOver()) return;
      for (const { connection, state, orders, share, since, until } of await getAlerts(site, 0)) {
        const key = formatConsumerId(site.id, connection);
        const wasAlerted = alerted.has(key);
        const fields = { site: site.id, connection, orders, share, alertUnder: site.accuracy.alertUnder, since, until };
        if (state === 'under' && !wasAlerted) logger.warn(fields, 'order accuracy below limit: see `convey accuracy`');
        if (state !== 'under' && wasAlerted) logger.info(fields, 'order accuracy recovered');
        if (state === 'under') alerted.add(key);
        else alerted.delete(key);
      }
    }
  };

  const onFault = (error: unknown) => logger.error({ error: describeError(error) }, 'order accuracy check failed');
  const { stop } = runPeriodically({ clock, firstAfterMs, everyMs, round: check, onFault });
  return {
    /** Returns the alerts of a site, at most a few minutes old. */
    alerts: (site: WatchedSite): Promise<readonly AccuracyAlert[]> => getAlerts(site, everyMs),
    /** Stops the checks. Resolves when the running check has ended. */
    stop,
  };
}
export type AccuracyWatch = ReturnType<typeof startAccuracyAlerts>;
