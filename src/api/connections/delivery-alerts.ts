import { runPeriodically, type WatchClock } from '../../clock/run-periodically.ts';
import type { Site } from '../../event/site.ts';
import { dayMs, hourMs, minuteMs, secondMs, type UnixMs } from '../../event/units.ts';
import { describeError, type Logger } from '../../logger.ts';
import type { Store } from '../../storage/store/store.ts';

const everyMs = minuteMs;
const firstAfterMs = 10 * secondMs;
const pausedLongMs = 15 * minuteMs;
const unsentLongMs = 6 * hourMs;
const nearlyLostMs = 5 * dayMs;

/** What somebody should look at, in the words of the log. The rules for Prometheus draw the same lines. */
export const deliveryAlerts = {
  'paused for over 15 minutes': 'warn',
  'the oldest event that is not sent happened over 6 hours ago': 'warn',
  'events are lost in two days: the oldest that is not sent happened over 5 days ago': 'error',
} as const satisfies Record<string, 'warn' | 'error'>;

export type DeliveryAlert = keyof typeof deliveryAlerts;

/** Pure. `oldest`: when the oldest event happened that was not sent. */
export function deliveryAlertsFor(
  pausedSince: UnixMs | undefined,
  oldest: UnixMs | undefined,
  now: UnixMs,
): readonly DeliveryAlert[] {
  const ageMs = oldest === undefined ? 0 : now - oldest;
  const alerts: DeliveryAlert[] = [];
  if (pausedSince !== undefined && now - pausedSince > pausedLongMs) alerts.push('paused for over 15 minutes');
  if (ageMs > unsentLongMs) alerts.push('the oldest event that is not sent happened over 6 hours ago');
  if (ageMs > nearlyLostMs) alerts.push('events are lost in two days: the oldest that is not sent happened over 5 days ago');
  return alerts;
}

export interface DeliveryWatchDeps {
  readonly sites: () => readonly Pick<Site, 'id' | 'connections'>[];
  readonly store: Pick<Store, 'getConnectionState' | 'getUnsent'>;
  readonly clock: WatchClock;
  readonly logger: Logger;
}

/** Looks at every connection once a minute, and says in the log what is overdue: once, and once more when it is over. */
export function startDeliveryAlerts({ sites, store, clock, logger }: DeliveryWatchDeps): { stop(): Promise<void> } {
  const told = new Map<string, readonly DeliveryAlert[]>();

  const look = async (isOver: () => boolean) => {
    const seen = new Set<string>();
    for (const { id: site, connections } of sites()) {
      for (const { id: connection, enabled } of connections) {
        if (isOver()) return;
        const pump = `${site}/${connection}`;
        if (!enabled) continue;
        seen.add(pump);
        const state = await store.getConnectionState(pump);
        const { oldest } = await store.getUnsent(site, pump);
        const alerts = deliveryAlertsFor(state?.pause?.since, oldest, clock.now());
        const before = told.get(pump) ?? [];
        told.set(pump, alerts);
        const of = { site, connection };
        for (const alert of alerts.filter((one) => !before.includes(one)))
          logger[deliveryAlerts[alert]](of, `${alert}: see \`convey connections list\``);
        if (before.length > 0 && alerts.length === 0) logger.info(of, 'nothing is overdue any more');
      }
    }
    for (const pump of told.keys()) if (!seen.has(pump)) told.delete(pump);
  };

  const onFault = (error: unknown) => logger.error({ error: describeError(error) }, 'what is overdue could not be judged');
  return runPeriodically({ clock, firstAfterMs, everyMs, round: look, onFault });
}
