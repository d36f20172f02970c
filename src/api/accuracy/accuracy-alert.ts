import { runPeriodically, type WatchClock } from '../../clock/run-periodically.ts';
import type { OrderTotals } from '../../event/order-accuracy.ts';
import type { Site } from '../../event/site.ts';
import { minuteMs, secondMs } from '../../event/units.ts';
import { describeError, type Logger } from '../../logger.ts';
import { type AccuracyReader, type DayRange, lastWeek } from './accuracy-reader.ts';

/** Of fewer orders in the week nothing is judged: one of them would weigh too much. */
export const minOrders = 20;
const everyMs = 5 * minuteMs;
const firstAfterMs = 10 * secondMs;

/** `off`: the site wants none. `few`: too few orders to judge by. */
export type AlertState = 'off' | 'few' | 'fine' | 'under';

/** What the last seven whole days of one connection came to. */
export interface AccuracyAlert extends DayRange {
  readonly connection: string;
  readonly state: AlertState;
  readonly orders: number;
  readonly share?: number;
}

type Watched = Pick<Site, 'id' | 'connections' | 'accuracy'>;

export interface AccuracyWatchDeps {
  readonly sites: () => readonly Watched[];
  readonly accuracy: AccuracyReader;
  readonly clock: WatchClock;
  readonly logger: Logger;
}

/** Pure. */
export function judgeAccuracy({ orders, share }: Pick<OrderTotals, 'orders' | 'share'>, alertUnder: number | null): AlertState {
  if (alertUnder === null || alertUnder === 0) return 'off';
  if (orders < minOrders || share === undefined) return 'few';
  return share < alertUnder ? 'under' : 'fine';
}

/** Looks at every site's last week every few minutes, and says in the log when a share falls, and when it has recovered. */
export function startAccuracyAlerts({ sites, accuracy, clock, logger }: AccuracyWatchDeps) {
  /** Connections that were told of, and have not recovered. */
  const fallen = new Set<string>();

  const alertsOf = async (site: Watched, maxAgeMs: number): Promise<readonly AccuracyAlert[]> => {
    const week = lastWeek(clock.now());
    const { connections } = await accuracy.of(site, week, maxAgeMs);
    return connections.map(({ connection, orders, share }) => ({
      ...week,
      connection,
      state: judgeAccuracy({ orders, ...(share !== undefined && { share }) }, site.accuracy.alertUnder),
      orders,
      ...(share !== undefined && { share }),
    }));
  };

  const look = async (isOver: () => boolean) => {
    for (const site of sites()) {
      if (isOver()) return;
      for (const { connection, state, orders, share, since, until } of await alertsOf(site, 0)) {
        const key = `${site.id}/${connection}`;
        const hadFallen = fallen.has(key);
        const told = { site: site.id, connection, orders, share, alertUnder: site.accuracy.alertUnder, since, until };
        if (state === 'under' && !hadFallen)
          logger.warn(told, 'too few orders are accounted for: see `convey accuracy` for what is missing');
        if (state !== 'under' && hadFallen) logger.info(told, 'orders are accounted for again, or too few to judge by');
        if (state === 'under') fallen.add(key);
        else fallen.delete(key);
      }
    }
  };

  const onFault = (error: unknown) => logger.error({ error: describeError(error) }, 'the accuracy could not be judged');
  const { stop } = runPeriodically({ clock, firstAfterMs, everyMs, round: look, onFault });
  return {
    /** As it is by now, or was minutes ago. */
    alerts: (site: Watched): Promise<readonly AccuracyAlert[]> => alertsOf(site, everyMs),
    /** Resolves once nothing is read any more. */
    stop,
  };
}
export type AccuracyWatch = ReturnType<typeof startAccuracyAlerts>;
