import type { AlertSettings } from '../alerts/alert-settings.ts';
import { type AccuracyReader, accuracyReader } from '../api/accuracy/accuracy-reader.ts';
import { runPeriodically } from '../clock/run-periodically.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { HttpSender } from '../delivery/sending/http-sender.ts';
import { dayMs, minuteMs, secondMs } from '../event/units.ts';
import { loadOnce } from '../load-once.ts';
import { describeError } from '../logger.ts';
import type { GrantSecrets } from '../platform-accounts/grant-secrets.ts';
import type { PrivacyRequests } from '../privacy/privacy-requests.ts';
import { startVisitorChecks } from '../privacy/start-visitor-checks.ts';
import { startShopRequestRunner } from '../privacy/stored-shop-requests.ts';
import { startSweeps } from '../retention/sweep.ts';
import { startActivitySweeps } from '../retention/sweep-activity.ts';
import { startSpoolSweeps } from '../retention/sweep-spool.ts';
import type { KeyRing } from '../sites/key-ring.ts';
import type { SiteRegistry } from '../sites/site-registry.ts';
import { startTableRewrites } from './cluster/start-table-rewrites.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { GatewayStorage } from './open-gateway-storage.ts';
import type { Maintenance } from './open-maintenance.ts';

interface BackgroundJobDeps {
  readonly storage: GatewayStorage;
  readonly registry: SiteRegistry;
  readonly keys: KeyRing;
  readonly delivery: Delivery;
  readonly maintenance: Maintenance;
  readonly shopRequests: Pick<PrivacyRequests, 'erase' | 'export'>;
  readonly alertSettings: AlertSettings;
  readonly grantSecrets: GrantSecrets;
  readonly sender: HttpSender;
}

export interface BackgroundJobs {
  readonly accuracy: AccuracyReader;
}

/** The time between two looks for checks of accounts that are due. */
const accountsEveryMs = minuteMs;
/** A grant that no connection was saved with is kept for this long. */
const unassignedMs = dayMs;
/** The time between two looks for accounts of late purchases that other processes connected. */
const lateAccountsEveryMs = 5 * secondMs;
/** The time between two looks for changes by other processes, which are known within a second. */
const refreshMs = 250;

/**
 * Starts the retention sweeps and visitor checks of a process that delivers, and creates the reader of order accuracy. If several processes share the store, also
 * runs the requests of shops, rewrites tables, and follows the changes of sites and alerts by the others.
 */
export function startBackgroundJobs(context: GatewayContext, deps: BackgroundJobDeps): BackgroundJobs {
  const { config, clock, now, logger, onShutdown } = context;
  const { storage, registry, keys, delivery, maintenance, shopRequests: shopPeople, alertSettings } = deps;
  const { log, store, spool } = storage;
  const sites = () => registry.sites();
  if (config.roles.includes('deliver')) {
    const sweeps = startSweeps({
      maintenanceLock: maintenance.lock,
      sites: () => sites().map(({ id }) => id),
      retentionDays: config.retentionDays,
      log,
      store,
      clock,
      ownsSite: delivery.ownsSite,
      expire: delivery.expire,
      exports: maintenance.exports,
      logger,
    });
    onShutdown(() => sweeps.stop());
    startAccountChecks(context, deps);
    const { privacyRequests: people } = maintenance;
    const { ownsSite } = delivery;
    const visitorChecks = startVisitorChecks({ log, store, people, sites, ownsSite, clock, logger });
    onShutdown(() => visitorChecks.stop());
    // The same process removes the data of former sites.
    const isElected = () => delivery.ownsSite('');
    const activitySweeps = startActivitySweeps({ store, keys, isElected, clock, logger });
    onShutdown(() => activitySweeps.stop());
    if (storage.shared) {
      const requests = storage.shared.shopRequests;
      const { outage } = storage;
      const shopRequests = startShopRequestRunner({ requests, people: shopPeople, sites, ownsSite, outage, clock, logger });
      onShutdown(() => shopRequests.stop());
      const { rewrites } = storage.shared;
      const rewriting = startTableRewrites({ rewrites, hour: config.rewriteHour, isElected, clock, logger });
      onShutdown(() => rewriting.stop());
    }
  }
  if (spool) {
    const spoolSweeps = startSpoolSweeps({ spool, clock, logger });
    onShutdown(() => spoolSweeps.stop());
  }
  if (storage.shared) {
    const refreshes = runPeriodically({
      clock,
      firstAfterMs: refreshMs,
      everyMs: refreshMs,
      async round() {
        await registry.refresh();
        await alertSettings.refresh();
      },
      onFault(error, isRepeated) {
        if (!isRepeated) logger.warn({ error: describeError(error) }, 'site refresh failed');
      },
    });
    onShutdown(() => refreshes.stop());
    const lateAccounts = runPeriodically({
      clock,
      firstAfterMs: lateAccountsEveryMs,
      everyMs: lateAccountsEveryMs,
      round: () => registry.refreshLateAccounts(),
      onFault(error, isRepeated) {
        if (!isRepeated) logger.warn({ error: describeError(error) }, 'refresh of accounts failed');
      },
    });
    onShutdown(() => lateAccounts.stop());
  }
  const accuracy = accuracyReader({ log, store, now, getPlatform: (connection) => registry.getPlatform(connection) });
  return { accuracy };
}

/**
 * Starts the daily checks of goals and of paid clicks of connected accounts, the sending of refunds and late purchases, and the removal of
 * attempts to connect that have expired, and
 * of grants that no connection was saved with. Most gateways have no
 * account, so the code is loaded with the first.
 */
function startAccountChecks(context: GatewayContext, deps: BackgroundJobDeps): void {
  const { clock, now, logger, onShutdown } = context;
  const load = loadOnce(async () => {
    const { createPlatformAccounts } = await import('./create-platform-accounts.ts');
    const { UploadJob } = await import('./platform-reports/upload-job.ts');
    const { storage, ...others } = deps;
    const account = createPlatformAccounts(context, deps);
    const uploads = new UploadJob({ ...others, ...storage, ...account, now, logger, version: context.version });
    return { ...account, uploads };
  });
  const checks = runPeriodically({
    clock,
    firstAfterMs: accountsEveryMs,
    everyMs: accountsEveryMs,
    async round(isOver) {
      const { store } = deps.storage;
      await store.removeExpiredAccountLinks(now());
      await store.removeUnassignedGrants(now() - unassignedMs);
      const used = (await store.listGrants()).filter(({ connection }) => connection !== undefined);
      if (used.length === 0) return;
      const { goalChecks, clickChecks, lateReports, uploads } = await load();
      await uploads.uploadDue(used, isOver);
      await lateReports.readDue(isOver);
      await goalChecks.checkDue(isOver);
      await clickChecks.checkDue(isOver);
      await deps.registry.refreshLateAccounts();
    },
    onFault(error, isRepeated) {
      if (!isRepeated) logger.warn({ error: describeError(error) }, 'account check failed');
    },
  });
  onShutdown(() => checks.stop());
}
