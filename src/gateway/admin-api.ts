import { randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import { checkSignature } from '../activity/activity-checkpoint.ts';
import { AccountLinks } from '../api/account-links/account-links.ts';
import { type ApiDeps, createAdminApi } from '../api/api.ts';
import { createPasswordHasher } from '../api/auth/password-hash.ts';
import type { DatabaseWatch } from '../api/http/database-guard.ts';
import type { AdminEnv } from '../api/http/handler.ts';
import { createCollectorUrlResolver, toLoopbackUrl } from '../api/sites/collector-url.ts';
import { loadNewestEvents } from '../delivery/planning/load-newest-events.ts';
import { reportMatchKeys } from '../delivery/planning/report-match-keys.ts';
import { isLiveEndpoint } from '../delivery/sending/live-endpoint.ts';
import { probeCredential } from '../delivery/sending/probe-connection.ts';
import { destinations } from '../destinations/destinations.ts';
import { hasCountrySource } from '../event/country-settings.ts';
import type { Connection } from '../event/site.ts';
import type { UnixMs } from '../event/units.ts';
import { getServerConsent } from '../ingest/accept/server-consent.ts';
import { createRateLimiter } from '../ingest/http/rate-limit.ts';
import { createRowImporter } from '../ingest/server/import-rows.ts';
import { createTestEventSender } from '../ingest/server/test-event.ts';
import { previewHook } from '../ingest/webhooks/preview-hook.ts';
import type { AdminDeps } from './admin-deps.ts';
import { toProxySettings } from './country-tables.ts';
import { createPlatformAccounts } from './create-platform-accounts.ts';
import type { GatewayContext } from './gateway-context.ts';
import { findAccountFacts } from './issues/read-account.ts';
import { readLogHealth } from './readiness.ts';

/** The settings that one site may try per second: 10 a minute. */
const trialRate = { perSecond: 10 / 60, burst: 10 };

/** The values that the API takes from the start of the admin stage. */
interface AdminStage {
  readonly startedAt: UnixMs;
  readonly referencePage: string;
  /** Ends the open event streams. */
  readonly stopping: AbortSignal;
  readonly onFault: (error: unknown) => void;
  readonly database: DatabaseWatch | undefined;
}

/** Creates the admin API of the running gateway. */
export function createApi(context: GatewayContext, deps: AdminDeps, stage: AdminStage): Hono<AdminEnv> {
  const { config, version, now, logger, passwordCost } = context;
  const { registry, browserBudget, maintenance, ingest, jobs } = deps;
  const { log, store, intake } = deps.storage;
  const { delivery } = deps.consumers;
  const { lookUpCountry } = toProxySettings(config.collector, context.countryTables);
  const getRequiredFields = (connection: Connection) => registry.getPlatform(connection).testEvent;
  return createAdminApi({
    version,
    ...stage,
    collectorUrl: config.collector.publicUrl ?? toLoopbackUrl(ingest.url),
    getDashboardUrl: deps.getDashboardUrl,
    now,
    sites: () => registry.sites(),
    getPlatform: (connection) => registry.getPlatform(connection),
    log,
    store,
    readHealth: () => readLogHealth(log, intake),
    getUndeliveredSince: delivery.getUndeliveredSince,
    control: delivery.control,
    getCrash: delivery.getCrash,
    watch: delivery.watch,
    people: maintenance.privacyRequests,
    exports: maintenance.exports,
    isLive: createLiveCheck(context, deps),
    settings: createSiteSettings(context, deps),
    sendTest: createTestEventSender({ ...ingest.appendDeps, wake: delivery.wake, getRequiredFields }),
    rowImporter: createRowImporter({
      ...ingest.appendDeps,
      wake: delivery.wake,
      ...(ingest.planDryRun && { planDryRun: ingest.planDryRun }),
      lookUpCountry,
    }),
    getMissingConsent: (site) => getServerConsent(site, now()),
    backup: maintenance.makeBackup,
    browserBudget,
    countsDays: config.retentionDays.counts,
    accuracy: jobs.accuracy,
    alertSettings: deps.alertSettings,
    testChannel: deps.alerts.test,
    issues: deps.issues,
    readAccount: async ({ id }, connection) => {
      const grant = await store.findGrantOf(id, connection.id);
      return grant && findAccountFacts([grant], id, connection.id, connection.settings);
    },
    getMatchKeyReport: (site, offset) => reportMatchKeys(log, store, site, offset),
    recorder: deps.recorder,
    checkCheckpoint: (checkpoint) => checkSignature(checkpoint, (id) => deps.keys.find(id)),
    accounts: { store, now, logger, passwords: createPasswordHasher(passwordCost), publicUrl: config.dashboard.publicUrl },
  });
}

/** Creates the check whether a connection's events reach a real receiver. Every platform of a demo is a simulator. */
function createLiveCheck({ isDemo }: GatewayContext, { registry }: AdminDeps): ApiDeps['isLive'] {
  return (connection) => !isDemo && isLiveEndpoint(registry.getPlatform(connection), connection);
}

/** Creates the dependencies of the routes that read and change sites. */
function createSiteSettings(context: GatewayContext, deps: AdminDeps): ApiDeps['settings'] {
  const { config, userAgent, now } = context;
  const { registry, simulators, consumers, ingest } = deps;
  const { log, store } = deps.storage;
  const { apps, accounts, goalChecks, clickChecks, lateGoals, send } = createPlatformAccounts(context, {
    ...deps,
    sender: consumers.sender,
  });
  const { publicUrl, pixelPath } = config.collector;
  const { lookUpCountry } = toProxySettings(config.collector, context.countryTables);
  return {
    registry,
    destinations,
    getCollectorUrl: createCollectorUrlResolver(publicUrl, toLoopbackUrl(ingest.url)),
    isLive: createLiveCheck(context, deps),
    startSimulator: (destination) => simulators.start(destination),
    getSimulatorUrl: (destination) => simulators.getPageUrl(destination),
    probe: (platform) => probeCredential(platform, consumers.sender, now),
    accountLinks: new AccountLinks({ store, keys: deps.keys, now }),
    accounts,
    apps,
    goalChecks,
    clickChecks,
    lateGoals,
    grants: store,
    exchange: send,
    admitTrial: createRateLimiter(trialRate, now),
    log,
    store,
    now,
    loadNewestEvents: (site, count) => loadNewestEvents(log, store, site, count),
    fetching: { userAgent, allowPrivate: config.allowPrivateDestinations },
    pixelPath,
    readNotices: ingest.readNotices,
    ...ingest.hooks,
    previewRequest: (site, hook, body) => previewHook(site, hook, body, now(), () => randomUUID(), lookUpCountry),
    pageSessions: ingest.pageSessions,
    getServerConsent: (site) => getServerConsent(site, now()),
    knowsCountry: hasCountrySource(config),
    countries: { settings: config, tables: context.countryTables },
  };
}
