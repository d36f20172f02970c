import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { AlertSettings } from '../alerts/alert-settings.ts';
import type { RunningAlerts } from '../alerts/start-alerts.ts';
import { AccountLinks } from '../api/account-links/account-links.ts';
import { type ApiDeps, createAdminApi } from '../api/api.ts';
import { createPasswordHasher } from '../api/auth/password-hash.ts';
import type { AdminEnv } from '../api/http/handler.ts';
import { createCollectorUrlResolver, toLoopbackUrl } from '../api/sites/collector-url.ts';
import { getAdminSocketPath } from '../config/config.ts';
import { loadNewestEvents } from '../delivery/planning/load-newest-events.ts';
import { reportMatchKeys } from '../delivery/planning/report-match-keys.ts';
import { isLiveEndpoint } from '../delivery/sending/live-endpoint.ts';
import { probeCredential } from '../delivery/sending/probe-connection.ts';
import { destinations } from '../destinations/destinations.ts';
import type { BudgetState } from '../event/browser-budget.ts';
import type { Connection } from '../event/site.ts';
import { getServerConsent } from '../ingest/accept/server-consent.ts';
import { createRateLimiter } from '../ingest/http/rate-limit.ts';
import { createTestEventSender } from '../ingest/server/test-event.ts';
import { describeError } from '../logger.ts';
import type { SiteRegistry } from '../sites/site-registry.ts';
import { readReferencePage } from './built-assets.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { GatewayStorage } from './open-gateway-storage.ts';
import type { Maintenance } from './open-maintenance.ts';
import type { OwnSimulators } from './own-simulators.ts';
import type { BackgroundJobs } from './start-background-jobs.ts';
import type { RunningConsumers } from './start-consumers.ts';
import type { RunningIngest } from './start-ingest.ts';
import { closeServer, listenOnAdminSocket } from './startup.ts';

/** The settings that one site may try per second: 10 a minute. */
const trialRate = { perSecond: 10 / 60, burst: 10 };

export interface AdminDeps {
  readonly storage: GatewayStorage;
  readonly registry: SiteRegistry;
  readonly simulators: OwnSimulators;
  readonly browserBudget: (site: string) => Promise<BudgetState>;
  readonly consumers: RunningConsumers;
  readonly maintenance: Maintenance;
  readonly ingest: RunningIngest;
  readonly jobs: BackgroundJobs;
  readonly alertSettings: AlertSettings;
  readonly alerts: RunningAlerts;
}

export interface RunningAdmin {
  readonly api: Hono<AdminEnv>;
  readonly socketPath: string;
  readonly onFault: (error: unknown) => void;
  /** Ends the open event streams. */
  readonly endStreams: () => void;
}

/** Starts the admin API on its local socket. @throws ConveyError */
export async function startAdmin(context: GatewayContext, deps: AdminDeps): Promise<RunningAdmin> {
  const { config, version, now, logger, onShutdown } = context;
  const { registry, browserBudget, maintenance, ingest, jobs } = deps;
  const { log, store, damage } = deps.storage;
  const { delivery } = deps.consumers;
  const stopping = new AbortController();
  const getRequiredFields = (connection: Connection) => registry.getPlatform(connection).testEvent;
  const onFault = (error: unknown) => {
    damage.suspect(error);
    logger.error({ error: describeError(error) }, 'admin request fault');
  };
  const api = createAdminApi({
    version,
    startedAt: now(),
    collectorUrl: config.collector.publicUrl ?? toLoopbackUrl(ingest.url),
    now,
    sites: () => registry.sites(),
    getPlatform: (connection) => registry.getPlatform(connection),
    log,
    store,
    control: delivery.control,
    watch: delivery.watch,
    stopping: stopping.signal,
    people: maintenance.privacyRequests,
    exports: maintenance.exports,
    isLive: (connection) => isLiveEndpoint(registry.getPlatform(connection)),
    settings: createSiteSettings(context, deps),
    sendTest: createTestEventSender({ ...ingest.appendDeps, wake: delivery.wake, getRequiredFields }),
    backup: maintenance.makeBackup,
    referencePage: readReferencePage(),
    browserBudget,
    accuracy: jobs.accuracy,
    alertSettings: deps.alertSettings,
    testChannel: deps.alerts.test,
    getMatchKeyReport: (site, offset) => reportMatchKeys(log, store, site, offset),
    accounts: { store, now, logger, passwords: createPasswordHasher(), publicUrl: config.dashboard.publicUrl },
    onFault,
  });
  const socketPath = getAdminSocketPath(config);
  const socket = await listenOnAdminSocket(socketPath, getRequestListener(api.fetch));
  onShutdown(() => closeServer(socket));
  return { api, socketPath, onFault, endStreams: () => stopping.abort() };
}

/** Creates the dependencies of the routes that read and change sites. */
function createSiteSettings({ config, userAgent, now }: GatewayContext, deps: AdminDeps): ApiDeps['settings'] {
  const { registry, simulators, consumers, ingest } = deps;
  const { log, store } = deps.storage;
  const { publicUrl, trustedProxies, countryHeader, pixelPath } = config.collector;
  return {
    book: registry,
    destinations,
    getCollectorUrl: createCollectorUrlResolver(publicUrl, toLoopbackUrl(ingest.url)),
    isLive: (connection) => isLiveEndpoint(registry.getPlatform(connection)),
    startSimulator: (destination) => simulators.start(destination),
    getSimulatorUrl: (destination) => simulators.getPageUrl(destination),
    probe: (platform) => probeCredential(platform, consumers.sender, now),
    accountLinks: new AccountLinks(now),
    exchange: async (request) => {
      const sent = await consumers.sender.send(request);
      return 'response' in sent ? sent : { failure: 'notSent' in sent ? sent.notSent : sent.unknown };
    },
    admitTrial: createRateLimiter(trialRate, now),
    log,
    store,
    now,
    loadNewestEvents: (site, count) => loadNewestEvents(log, store, site, count),
    fetching: { userAgent, allowPrivate: config.allowPrivateDestinations },
    pixelPath,
    webhookRefusedAt: ingest.unsignedWebhooks.refusedAt,
    listRefusedDomains: (site) => ingest.refusedOrigins.list(site),
    getPixelLoadTime: (site) => ingest.pixelLoads.get(site),
    getServerConsent: (site) => getServerConsent(site, now()),
    knowsCountry: countryHeader !== undefined && trustedProxies.length > 0,
  };
}
