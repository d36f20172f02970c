import type { AlertSettings } from '../alerts/alert-settings.ts';
import { type AccuracyReader, accuracyReader } from '../api/accuracy/accuracy-reader.ts';
import { runPeriodically } from '../clock/run-periodically.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { describeError } from '../logger.ts';
import { startSweeps } from '../retention/sweep.ts';
import type { SiteRegistry } from '../sites/site-registry.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { GatewayStorage } from './open-gateway-storage.ts';
import type { Maintenance } from './open-maintenance.ts';

interface BackgroundJobDeps {
  readonly storage: GatewayStorage;
  readonly registry: SiteRegistry;
  readonly delivery: Delivery;
  readonly maintenance: Maintenance;
  readonly alertSettings: AlertSettings;
}

export interface BackgroundJobs {
  readonly accuracy: AccuracyReader;
}

/** The time until a change by another process is taken in. */
const refreshMs = 1_000;

/** Starts the retention sweeps, and creates the reader of order accuracy. Follows the changes of sites and alerts by other processes, if there are any. */
export function startBackgroundJobs(
  { config, clock, now, logger, onShutdown }: GatewayContext,
  { storage, registry, delivery, maintenance, alertSettings }: BackgroundJobDeps,
): BackgroundJobs {
  const { log, store } = storage;
  const sites = () => registry.sites();
  const sweeps = startSweeps({
    maintenanceLock: maintenance.lock,
    sites: () => sites().map(({ id }) => id),
    retentionDays: config.retentionDays,
    log,
    store,
    clock,
    holds: delivery.holds,
    expire: delivery.expire,
    exports: maintenance.exports,
    logger,
  });
  onShutdown(() => sweeps.stop());
  if (storage.shared) {
    const refreshes = runPeriodically({
      clock,
      firstAfterMs: refreshMs,
      everyMs: refreshMs,
      async round() {
        await registry.refresh();
        await alertSettings.refresh();
      },
      onFault: (error) => logger.warn({ error: describeError(error) }, 'site refresh failed'),
    });
    onShutdown(() => refreshes.stop());
  }
  const accuracy = accuracyReader({ log, store, now, getPlatform: (connection) => registry.getPlatform(connection) });
  return { accuracy };
}
