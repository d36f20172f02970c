import { setImmediate as nextTurn } from 'node:timers/promises';
import { runPeriodically, type WatchClock } from '../../clock/run-periodically.ts';
import type { Site } from '../../event/site.ts';
import { dayMs, hourMs, minuteMs, secondMs, type UnixMs } from '../../event/units.ts';
import { describeError, type Logger } from '../../logger.ts';
import { formatConsumerId } from '../../storage/store/consumer-id.ts';
import type { Store } from '../../storage/store/store.ts';

const everyMs = minuteMs;
const firstAfterMs = 10 * secondMs;
const pausedLongMs = 15 * minuteMs;
const unsentLongMs = 6 * hourMs;
const nearlyLostMs = 5 * dayMs;

/** Problems that need an operator, as logged, with their log levels. The Prometheus rules have the same thresholds. */
export const deliveryAlerts = {
  'connection paused for over 15 minutes': 'warn',
  'oldest unsent event is over 6 hours old': 'warn',
  'oldest unsent event is over 5 days old and will be lost in two days': 'error',
} as const satisfies Record<string, 'warn' | 'error'>;

export type DeliveryAlert = keyof typeof deliveryAlerts;

/** Returns the alerts of a connection. `oldest` is the time of the oldest unsent event. */
export function listDeliveryAlerts(
  pausedSince: UnixMs | undefined,
  oldest: UnixMs | undefined,
  now: UnixMs,
): readonly DeliveryAlert[] {
  const ageMs = oldest === undefined ? 0 : now - oldest;
  const alerts: DeliveryAlert[] = [];
  if (pausedSince !== undefined && now - pausedSince > pausedLongMs) alerts.push('connection paused for over 15 minutes');
  if (ageMs > unsentLongMs) alerts.push('oldest unsent event is over 6 hours old');
  if (ageMs > nearlyLostMs) alerts.push('oldest unsent event is over 5 days old and will be lost in two days');
  return alerts;
}

export interface DeliveryWatchDeps {
  readonly sites: () => readonly Pick<Site, 'id' | 'connections'>[];
  readonly store: Pick<Store, 'getConnectionState' | 'getUnsent'>;
  readonly clock: WatchClock;
  readonly logger: Logger;
}

/** Checks every connection once a minute, and logs each alert once, when it starts, and when all alerts have ended. */
export function startDeliveryAlerts({ sites, store, clock, logger }: DeliveryWatchDeps): { stop(): Promise<void> } {
  const alertsByConsumer = new Map<string, readonly DeliveryAlert[]>();

  const check = async (isOver: () => boolean) => {
    const seen = new Set<string>();
    for (const { id: site, connections } of sites()) {
      for (const { id: connection, enabled } of connections) {
        const consumer = formatConsumerId(site, connection);
        if (!enabled) continue;
        // The store reads at once, without a turn for other work.
        await nextTurn();
        if (isOver()) return;
        seen.add(consumer);
        const state = await store.getConnectionState(consumer);
        const { oldest } = await store.getUnsent(site, consumer);
        const alerts = listDeliveryAlerts(state?.pause?.since, oldest, clock.now());
        const before = alertsByConsumer.get(consumer) ?? [];
        alertsByConsumer.set(consumer, alerts);
        const fields = { site, connection };
        for (const alert of alerts.filter((one) => !before.includes(one)))
          logger[deliveryAlerts[alert]](fields, `${alert}: see \`convey connections list\``);
        if (before.length > 0 && alerts.length === 0) logger.info(fields, 'delivery alerts ended');
      }
    }
    for (const consumer of alertsByConsumer.keys()) if (!seen.has(consumer)) alertsByConsumer.delete(consumer);
  };

  const onFault = (error: unknown) => logger.error({ error: describeError(error) }, 'delivery check failed');
  return runPeriodically({ clock, firstAfterMs, everyMs, round: check, onFault });
}
