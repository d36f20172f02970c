import { randomUUID } from 'node:crypto';
import { getRequestListener } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { startAccuracyAlerts } from '../api/accuracy/accuracy-alert.ts';
import { accuracyReader } from '../api/accuracy/accuracy-reader.ts';
import { adminApi } from '../api/api.ts';
import { createDashboardApp, issueSetupToken } from '../api/auth/dashboard-app.ts';
import { isLoopback } from '../api/auth/host-guard.ts';
import { createLoginThrottle } from '../api/auth/login-throttle.ts';
import { createPasswordHasher } from '../api/auth/password-hash.ts';
import { createSessions } from '../api/auth/sessions.ts';
import { startDeliveryAlerts } from '../api/connections/delivery-alerts.ts';
import { makeMetrics } from '../api/metrics/metrics.ts';
import { createCollectorUrlResolver, toLoopbackUrl } from '../api/sites/collector-url.ts';
import { type Clock, systemClock as machineClock } from '../clock/clock.ts';
import { adminSocketOf, type Config } from '../config/config.ts';
import { startDelivery } from '../delivery/delivery.ts';
import { reportMatchKeys } from '../delivery/planning/match-report.ts';
import { readBudgetState } from '../delivery/profiles/browser-budget.ts';
import { makeSender } from '../delivery/sending/http-sender.ts';
import { isLiveEndpoint } from '../delivery/sending/live-endpoint.ts';
import { probe } from '../delivery/sending/probe-connection.ts';
import { browserConfigForSite } from '../destinations/microsoft/browser-settings.ts';
import type { Connection } from '../event/site.ts';
import { createCollectorApp } from '../ingest/collector.ts';
import { createClientNetworkReader } from '../ingest/http/client-info.ts';
import { limitConnectionsPerNetwork } from '../ingest/http/connection-limit.ts';
import { dashboardConnectionLimits, startHttpServer } from '../ingest/http/http-server.ts';
import { createRateLimiter } from '../ingest/http/rate-limit.ts';
import { addRejectionLog } from '../ingest/rejection-log.ts';
import { createTestEventSender } from '../ingest/server/test-event.ts';
import { createUnsignedWebhookLog } from '../ingest/webhooks/unsigned-webhooks.ts';
import { describeError, type Logger } from '../logger.ts';
import { finishInterruptedErasures } from '../privacy/erasure.ts';
import { openExportFiles } from '../privacy/export-files.ts';
import { createPrivacyRequests } from '../privacy/privacy-requests.ts';
import { createShopPrivacyRequests } from '../privacy/shop-privacy-requests.ts';
import { sitesWithData, startSweeps } from '../retention/sweep.ts';
import { openKeyRing } from '../sites/key-ring.ts';
import { SiteRegistry } from '../sites/site-registry.ts';
import { createBackups } from '../storage/backup/create-backup.ts';
import { openDataDir } from '../storage/disk/data-dir.ts';
import { freeDiskBytes } from '../storage/disk/disk.ts';
import { maintainDiskReserve } from '../storage/disk/disk-reserve.ts';
import { openFile } from '../storage/disk/open-file.ts';
import { type EventLog, LogUnavailableError } from '../storage/log/event-log.ts';
import { MaintenanceLock } from '../storage/maintenance-lock.ts';
import { openStorage, recordDamageFrom } from '../storage/recovery/open-or-salvage.ts';
import { createAppendThrottle } from './append-throttle.ts';
import { readDashboard, readPixel } from './built-assets.ts';
import { createReadiness } from './readiness.ts';
import { closeServer, listenOnAdminSocket, listenOrExplain } from './startup.ts';

export interface GatewayOptions {
  readonly logger: Logger;
  readonly version: string;
  /** Faster time for tests; the machine's by default. */
  readonly clock?: Clock;
}

export interface Gateway {
  /** Where events are taken. */
  readonly url: string;
  readonly adminSocket: string;
  /** At its start, those of the dashboard among them. */
  readonly siteCount: number;
  /** On this machine, for the one site or for any. */
  readonly pixelUrl: string;
  readonly dashboard: {
    readonly url: string;
    /** While nobody has an account: where whoever sees it makes the first. It holds the setup token, so it is shown once and not logged. */
    readonly setupUrl?: string;
  };
  /**
   * Not ready at once; `drainMs` later no more requests; then what is in flight ends, the log is flushed and the files are
   * closed. Nothing acknowledged is lost however long it takes.
   */
  stop(drainMs: number): Promise<void>;
}

/** Of settings that somebody tries, per site. */
const trials = { perSecond: 10 / 60, burst: 10 };
/** The connections of one client network to the dashboard's port. A browser keeps up to 6, so an office of 40 people fits. */
const dashboardConnections = 256;
const sendGraceMs = 30_000;
const requestGraceMs = 5_000;

/** The composition root: chooses the adapters, joins the rooms, starts the pumps and opens the doors, in that order. @throws ConveyError */
export async function startGateway(config: Config, options: GatewayOptions): Promise<Gateway> {
  const { logger, version, clock = machineClock() } = options;
  const now = () => clock.now();
  const newId = () => randomUUID();
  // What SQLite puts aside holds what its files hold, so it belongs into the same folder. Read once, before the first file is opened.
  process.env.SQLITE_TMPDIR = config.dataDir;
  const dataDir = openDataDir(config.dataDir);
  const undo: (() => Promise<void> | void)[] = [() => dataDir.release()];
  const stopAll = async () => {
    for (const step of undo.toReversed()) await step();
  };
  try {
    const files = await openStorage({ dataDir, now, logger });
    undo.push(() => files.close());
    const { log, store, damage } = files;
    const freeBytes = () => freeDiskBytes(config.dataDir);
    const reserve = maintainDiskReserve({ file: dataDir.reserve, freeBytes, logger });
    undo.push(() => reserve.stop());
    const sender = makeSender({ allowPrivateDestinations: config.allowPrivateDestinations, userAgent: `convey/${version}` });
    undo.push(() => sender.close());

    const book = await SiteRegistry.open({
      file: config,
      rules: config,
      store,
      keys: openKeyRing(config.secretsKeyFile, config.secretsKeys),
      wasThere: async (site) => (await sitesWithData({ log, store })).has(site),
      apply: (next) => delivery.apply(next),
      now,
      logger,
    });
    const sites = () => book.sites();
    const platformOf = (connection: Connection) => book.platformOf(connection);
    await finishInterruptedErasures(
      [...new Set([...sites().map(({ id }) => id), ...(await store.listSites())])],
      log,
      store,
    ).catch(
      // Delivery sends nothing of them all the same.
      (error: unknown) => logger.error({ error: describeError(error) }, 'an interrupted erasure could not go on'),
    );
    const browserBudget = (site: string) => readBudgetState(config.collector.browserBudget, now(), { site, log, store });
    const metrics = makeMetrics({
      sites,
      log,
      store,
      now,
      version,
      ready: () => health.ready(),
      freeBytes: async () => freeBytes(),
      browserBudget,
    });
    const delivery = await startDelivery({
      sites: sites(),
      connectionsOf: (site) => book.entry(site)?.connections.map(({ id }) => id) ?? [],
      platformOf,
      log,
      store,
      sender,
      clock,
      random: Math.random,
      newId,
      owner: 'embedded',
      browserBudget: config.collector.browserBudget,
      logger,
      onCommit: (pump, delta) => metrics.meter.committed(pump, delta),
      onFault: damage.suspect,
      beginsWithOldest: files.after.beginsAnew,
    });
    undo.push(() => delivery.stop(sendGraceMs));
    files.endSalvage('state');
    if (files.after.looksAgain) {
      // A pump may be sending, and no event waits at the door for that.
      delivery.lookAgain().then(
        () => files.endSalvage('log'),
        (error: unknown) => logger.error({ error: describeError(error) }, 'the next start has the salvaged log looked through'),
      );
    }

    const health = createReadiness(log, logger);
    undo.push(() => health.end());
    const disk = createAppendThrottle(() => performance.now());
    const append: EventLog['append'] = async (records) => {
      health.demandWritable();
      const ended = disk.admit();
      if (!ended) throw new LogUnavailableError('The disk takes over 2 s for an append');
      return log.append(records).finally(ended);
    };
    const taking = { append, now, newId };
    const meter = addRejectionLog(metrics.meter, now, logger);
    const unsigned = createUnsignedWebhookLog(now, logger);
    const exports = await openFile(dataDir.exports, () => openExportFiles(dataDir.exports));
    const apart = new MaintenanceLock();
    const backup = createBackups({
      dataDir,
      sources: { 'log.db': log, 'state.db': store },
      version,
      now,
      alone: (work) => apart.copy(work),
    });
    const people = createPrivacyRequests({
      apart,
      log,
      store,
      exports,
      platformOf,
      connectionsNow: (id) => sites().find((site) => site.id === id)?.connections ?? [],
      now,
      whileStill: delivery.whileStill,
      logger,
    });
    const { trustedProxies, countryHeader, pixelPath } = config.collector;
    const app = createCollectorApp({
      ...taking,
      sites,
      proxies: { trustedProxies, countryHeader },
      rates: config.collector,
      pixel: { ...readPixel(), path: pixelPath },
      getBrowserConfig: browserConfigForSite,
      ready: health.ready,
      onAppended: delivery.wake,
      meter,
      onPrivacyRequest: createShopPrivacyRequests({ people, logger }),
      onUnsigned: unsigned.refused,
      onMismatch: unsigned.mismatch,
      onFault: (error) => {
        damage.suspect(error);
        logger.error({ error: describeError(error) }, 'request fault');
      },
    });
    const perPeer = limitConnectionsPerNetwork({ ...config.collector, listener: 'collector' }, now, logger);
    const served = await listenOrExplain(config.collector, 'collector', () =>
      startHttpServer(app, { ...config.collector, perPeer }),
    );
    undo.push(() => served.close(requestGraceMs));

    const { retentionDays } = config;
    const sweeps = startSweeps({
      apart,
      sites: () => sites().map(({ id }) => id),
      retentionDays,
      log,
      store,
      clock,
      expire: delivery.expire,
      exports,
      logger,
    });
    undo.push(() => sweeps.stop());

    const accuracy = accuracyReader({ log, store, now });
    const watch = startAccuracyAlerts({ sites, accuracy, clock, logger });
    undo.push(() => watch.stop());
    const overdue = startDeliveryAlerts({ sites, store, clock, logger });
    undo.push(() => overdue.stop());

    const onAdminFault = (error: unknown) => {
      damage.suspect(error);
      logger.error({ error: describeError(error) }, 'admin request fault');
    };
    const sendTest = createTestEventSender({ ...taking, meter, wake: delivery.wake });
    const stopping = new AbortController();
    const accounts = { store, now, logger };
    const admin = adminApi({
      version,
      startedAt: now(),
      collectorUrl: config.collector.publicUrl ?? toLoopbackUrl(served.url),
      now,
      sites,
      platformOf,
      log,
      store,
      control: delivery.control,
      watch: delivery.watch,
      stopping: stopping.signal,
      people,
      exports,
      isLive: (connection) => isLiveEndpoint(platformOf(connection)),
      settings: {
        book,
        collectorOf: createCollectorUrlResolver(config.collector.publicUrl, toLoopbackUrl(served.url)),
        isLive: (connection) => isLiveEndpoint(platformOf(connection)),
        probe: (platform) => probe(platform, sender),
        admitTrial: createRateLimiter(trials, now),
        log,
        store,
        now,
        fetching: { userAgent: `convey/${version}`, allowPrivate: config.allowPrivateDestinations },
        pixelPath,
        webhookRefusedAt: unsigned.refusedAt,
        knowsCountry: countryHeader !== undefined && trustedProxies.length > 0,
      },
      sendTest,
      backup: backup.make,
      browserBudget,
      accuracy,
      accuracyAlerts: watch.alerts,
      shopperOf: (site, offset) => reportMatchKeys(log, store, site, offset),
      accounts: { ...accounts, passwords: createPasswordHasher() },
      onFault: onAdminFault,
    });
    const adminSocket = adminSocketOf(config);
    const socket = await listenOnAdminSocket(adminSocket, getRequestListener(admin.fetch));
    undo.push(() => closeServer(socket));

    const setupToken = await issueSetupToken(store); // before the port opens: the token of an earlier start is void by then
    const door = createDashboardApp({
      ...accounts,
      passwords: createPasswordHasher(), // a queue of its own: who guesses at the door keeps nobody on the socket waiting
      admin,
      pages: readDashboard(),
      sessions: createSessions(store, now),
      attempt: createLoginThrottle(now),
      networkOf: createClientNetworkReader(trustedProxies),
      listening: config.dashboard,
      scrape: metrics.scrape,
      peerOf: (c) => getConnInfo(c).remote.address,
      onFault: onAdminFault,
    });
    const dashboard = await listenOrExplain(config.dashboard, 'dashboard', () =>
      startHttpServer(door, {
        ...config.dashboard,
        limits: dashboardConnectionLimits,
        perPeer: limitConnectionsPerNetwork(
          { listener: 'dashboard', connectionsPerAddress: dashboardConnections, trustedProxies },
          now,
          logger,
        ),
      }),
    );
    undo.push(() => dashboard.close(requestGraceMs));
    undo.push(() => stopping.abort());
    // Whoever waits for an erasure has their answer before port and socket are closed.
    undo.push(() => people.stop(requestGraceMs));
    const { host, publicUrl = toLoopbackUrl(dashboard.url) } = config.dashboard;
    if (!isLoopback(host) && !publicUrl.startsWith('https:'))
      logger.warn({ url: dashboard.url }, 'passwords for the dashboard cross the network in clear text: see dashboard.publicUrl');

    logger.info({ url: served.url, dashboard: dashboard.url, sites: sites().map(({ id }) => id) }, 'gateway started');
    const [only, ...others] = sites();
    return {
      url: served.url,
      adminSocket,
      siteCount: sites().length,
      pixelUrl: `${served.url}${pixelPath}?k=${only && others.length === 0 ? only.writeKey : 'wk_… of each site'}`,
      dashboard: {
        url: new URL(publicUrl).origin,
        ...(setupToken !== undefined && { setupUrl: `${new URL(publicUrl).origin}/setup#${setupToken}` }),
      },
      async stop(drainMs) {
        health.drain();
        await new Promise((resolve) => setTimeout(resolve, drainMs));
        await stopAll();
        logger.info({}, 'gateway stopped');
      },
    };
  } catch (error) {
    await recordDamageFrom(error, { dataDir, now }).catch((fault: unknown) =>
      logger.error({ error: describeError(fault) }, 'the files could not be checked'),
    );
    await stopAll();
    throw error;
  }
}
