import { createMetrics } from '../api/metrics/metrics.ts';
import { toLoopbackUrl } from '../api/sites/collector-url.ts';
import type { Config } from '../config/config.ts';
import { readBudgetState } from '../delivery/profiles/browser-budget.ts';
import { describeError } from '../logger.ts';
import { recordDamageByError } from '../storage/recovery/open-or-salvage.ts';
import { createGatewayContext, type GatewayContext, type GatewayOptions } from './gateway-context.ts';
import { openIssues } from './issues/open-issues.ts';
import { lockStartFolder, type StartFolder } from './lock-data-folder.ts';
import { openActivity, recordShopRequests } from './open-activity.ts';
import { openGatewayStorage } from './open-gateway-storage.ts';
import { openMaintenance } from './open-maintenance.ts';
import { openSiteRegistry } from './open-site-registry.ts';
import type { EarlyIntake } from './spool/accept-while-moving.ts';
import { type RunningAdmin, startAdmin } from './start-admin.ts';
import { startAlerting } from './start-alerting.ts';
import { startBackgroundJobs } from './start-background-jobs.ts';
import { startConsumers } from './start-consumers.ts';
import { startDashboard } from './start-dashboard.ts';
import { startIngest } from './start-ingest.ts';
import { requestGraceMs } from './startup.ts';

export interface Gateway {
  /** The URL of the collector on this machine. */
  readonly url: string;
  /** The number of sites at the start, including those of the dashboard. */
  readonly siteCount: number;
  /** The pixel's URL on this machine. It has a placeholder for the write key unless there is exactly one site. */
  readonly pixelUrl: string;
  readonly dashboard: {
    readonly url: string;
    /** Creates the first account; undefined once an account exists. Holds the setup token, so it is shown once and not logged. */
    readonly setupUrl?: string;
    /** Creates a link that signs in once, and invalidates the previous one. Absent unless the gateway was started with `demoAccount`. */
    readonly createSignInLink?: () => string;
  };
  /**
   * Reports not ready at once and stops accepting requests after `drainMs`. Then finishes the work in flight, flushes the event log
   * and closes the files. Acknowledged events are never lost, even if this takes long.
   */
  stop(drainMs: number): Promise<void>;
}

/** Accepts events during a move into the database. A gateway on SQLite does not load the code of the spool. */
async function acceptEarly(context: GatewayContext, folder: StartFolder): Promise<EarlyIntake | undefined> {
  if (context.config.store === undefined) return undefined;
  const { acceptWhileMoving } = await import('./spool/accept-while-moving.ts');
  return acceptWhileMoving(context, folder);
}

/**
 * Starts the gateway. This is the composition root: it opens storage, then starts the stages of the pipeline from the consumers to
 * the dashboard. Each stage registers its own shutdown steps; a failed start runs those of the stages before it.
 * @throws ConveyError
 */
export async function startGateway(config: Config, options: GatewayOptions): Promise<Gateway> {
  const context = createGatewayContext(config, options);
  const { now, logger, onShutdown, shutDown } = context;
  // SQLite's temporary files hold personal data, so they belong in the data folder. SQLite reads this once, when it opens the first file.
  process.env.SQLITE_TMPDIR = config.dataDir;
  const folder = lockStartFolder(context);
  const { dataDir } = folder;
  try {
    const early = await acceptEarly(context, folder);
    const storage = await openGatewayStorage(context, dataDir, early?.takeSpool);
    folder.keepIfUsed(storage);
    const recorder = await openActivity(context, storage);
    const { registry, keys, simulators, alertSettings, grantSecrets } = await openSiteRegistry(
      context,
      storage,
      async (sites) => {
        await ingest.applySites(sites);
        await consumers.delivery.apply(sites);
      },
    );
    const sites = () => registry.sites();
    const { log, store } = storage;
    const browserBudget = (site: string) => readBudgetState(config.collector.browserBudget, now(), { site, log, store });
    const metrics = createMetrics({
      sites,
      ownsSite: (site) => consumers.delivery.ownsSite(site),
      ...(storage.shared && { nodes: storage.shared.nodes }),
      log,
      store,
      now,
      version: context.version,
      ready: () => ingest.readiness.ready(),
      freeBytes: async () => storage.freeBytes(),
      ...(storage.spool && { spool: storage.spool }),
      browserBudget,
      collect: () => ingest.collectReports(),
      perConnection: config.metrics.perConnection,
    });
    const consumers = await startConsumers(context, { storage, registry, simulators, metrics });
    const { delivery } = consumers;
    const maintenance = await openMaintenance(context, { storage, registry, simulators, delivery });
    const { privacyRequests } = maintenance;
    const shopRequests = recordShopRequests(privacyRequests, recorder);
    const ingest = await startIngest(context, { storage, registry, metrics, delivery, shopRequests, port: early?.port });
    const jobs = startBackgroundJobs(context, {
      ...{ storage, registry, keys, delivery, maintenance, shopRequests, alertSettings, grantSecrets },
      sender: consumers.sender,
    });
    const { accuracy } = jobs;
    const { publicUrl } = config.dashboard;
    let dashboardUrl = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
    const opened = openIssues(context, {
      ...{ storage, registry, alertSettings, delivery },
      maintenance,
      ingest,
      accuracy,
      browserBudget,
    });
    const startAlerts = () =>
      startAlerting(context, {
        storage,
        registry,
        alertSettings,
        sender: consumers.sender,
        delivery,
        opened,
        dashboardUrl: () => dashboardUrl ?? '',
      });
    let admin: RunningAdmin | undefined;
    if (config.roles.includes('admin')) {
      const alerts = startAlerts();
      const { issues } = opened;
      const shown = {
        storage,
        registry,
        keys,
        grantSecrets,
        recorder,
        simulators,
        browserBudget,
        consumers,
        maintenance,
        ingest,
        jobs,
        alertSettings,
        alerts,
        issues,
      };
      admin = await startAdmin(context, { ...shown, getDashboardUrl: () => dashboardUrl });
    } else if (config.roles.includes('deliver')) startAlerts();
    const dashboard = await startDashboard(context, { storage, metrics, admin, recorder }, options.demoAccount);
    dashboardUrl ??= dashboard.origin;
    onShutdown(() => admin?.endStreams());
    // Runs first: pending privacy requests are answered before the port and the socket close.
    onShutdown(() => privacyRequests.stop(requestGraceMs));

    logger.info(
      {
        url: ingest.url,
        threads: ingest.threads,
        dashboard: dashboard.url,
        roles: config.roles,
        sites: sites().map(({ id }) => id),
      },
      'gateway started',
    );
    const [only, ...others] = sites();
    const writeKey = only && others.length === 0 ? only.writeKey : 'wk_… of each site';
    return {
      url: toLoopbackUrl(ingest.url),
      siteCount: sites().length,
      pixelUrl: `${toLoopbackUrl(ingest.url)}${config.collector.pixelPath}?k=${writeKey}`,
      dashboard: {
        url: dashboard.origin,
        ...(dashboard.setupUrl !== undefined && { setupUrl: dashboard.setupUrl }),
        ...(dashboard.createSignInLink && { createSignInLink: dashboard.createSignInLink }),
      },
      async stop(drainMs) {
        ingest.readiness.drain();
        dashboard.drain();
        admin?.drain();
        await new Promise((resolve) => setTimeout(resolve, drainMs));
        await shutDown();
        logger.info({}, 'gateway stopped');
      },
    };
  } catch (error) {
    await recordDamageByError(error, { dataDir, now }).catch((fault: unknown) =>
      logger.error({ error: describeError(fault) }, 'file check failed'),
    );
    await shutDown({ hasFailed: true });
    throw error;
  }
}
