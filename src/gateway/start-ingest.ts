import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Metrics } from '../api/metrics/metrics.ts';
import type { Config } from '../config/config.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { onlyCollects } from '../event/node-role.ts';
import type { Site } from '../event/site.ts';
import type { AppendDeps } from '../ingest/accept/append-events.ts';
import type { PlanDryRun } from '../ingest/accept/dry-run.ts';
import type { IngestMetrics } from '../ingest/accept/ingest-deps.ts';
import { createDailyBytes } from '../ingest/limits/daily-bytes.ts';
import { openOwnLimitTable } from '../ingest/limits/limit-table.ts';
import { createSharedLimits, openSharedLimits } from '../ingest/limits/shared-limit-table.ts';
import { addRejectionLog } from '../ingest/rejection-log.ts';
import { loadOnce } from '../load-once.ts';
import { describeError } from '../logger.ts';
import type { PrivacyRequests } from '../privacy/privacy-requests.ts';
import { createShopPrivacyRequests } from '../privacy/shop-privacy-requests.ts';
import { createStoredShopRequests } from '../privacy/stored-shop-requests.ts';
import type { SiteRegistry } from '../sites/site-registry.ts';
import { type SiteNotices, toSiteNotices } from '../storage/ports/collector-notices.ts';
import { createAppendThrottle, createGuardedAppend } from './append-throttle.ts';
import { readPixel } from './built-assets.ts';
import { startSharedPageSessions } from './cluster/shared-page-sessions.ts';
import { type CollectorPort, createConfiguredCollector, openCollectorPort } from './collector-port.ts';
import type { GatewayContext } from './gateway-context.ts';
import { createAppNoticeLog } from './ingest/app-notices.ts';
import type { CollectorReports } from './ingest/collector-reports.ts';
import { createKeyDistrust } from './ingest/distrust-keys.ts';
import { followDailyBytes } from './ingest/follow-daily-bytes.ts';
import { createOwnNotices, type OwnHooks, startNoticeReader } from './ingest/own-notices.ts';
import { OwnPageSessions, type PageSessions } from './ingest/page-sessions.ts';
import { demandWritable } from './ingest-state.ts';
import type { GatewayStorage } from './open-gateway-storage.ts';
import { readProcessTime } from './process-time.ts';
import { createReadiness } from './readiness.ts';
import { listenOrExplain, requestGraceMs } from './startup.ts';

interface IngestStageDeps {
  readonly storage: GatewayStorage;
  readonly registry: SiteRegistry;
  readonly metrics: Metrics;
  readonly delivery: Delivery;
  /** Carries out the requests that customers made through their shop. */
  readonly shopRequests: Pick<PrivacyRequests, 'erase' | 'export'>;
  /** The collector's port, if it is open already. */
  readonly port: CollectorPort | undefined;
}

export interface RunningIngest {
  /** The URL of the collector's port. */
  readonly url: string;
  readonly threads: number;
  /** Resolves when requests are answered by these sites. */
  readonly applySites: (sites: readonly Site[]) => Promise<void>;
  /** Resolves when what other threads have counted and reported is known here. */
  readonly collectReports: () => Promise<void>;
  readonly readiness: ReturnType<typeof createReadiness>;
  /** Returns the requests to all collectors about a site that no event shows. */
  readonly readNotices: (site: string) => Promise<SiteNotices>;
  /** What this process knows of the requests of hooks. */
  readonly hooks: OwnHooks;
  /** Absent if the gateway only collects. */
  readonly planDryRun?: PlanDryRun;
  /** The pages whose events an account looks at. */
  readonly pageSessions: PageSessions;
  /** Appends an event that the gateway itself creates, with the same guards and counters. */
  readonly appendDeps: AppendDeps & { readonly metrics: IngestMetrics };
}

/** The most threads that are started without a setting: together they are as fast as the writer of the event log. */
const maxDefaultThreads = 4;

/** Starts the collector: the public port that accepts events. Without the role `collect` it only reports health. @throws ConveyError */
export async function startIngest(context: GatewayContext, deps: IngestStageDeps): Promise<RunningIngest> {
  const { config, clock, now, logger, onShutdown } = context;
  const { registry, metrics, delivery, shopRequests } = deps;
  const { intake, shared, store, damage, threadAppends } = deps.storage;
  const readiness = createReadiness(intake, logger, shared !== undefined);
  onShutdown(() => readiness.stop());
  const threads = threadAppends && process.platform === 'linux' ? getThreads(config) : 1;
  if (threads < (config.collector.threads ?? 1))
    logger.warn(
      { fix: 'Remove the setting: several threads need Linux, and data in files of dataDir.' },
      'collector.threads not used',
    );
  const limits = threads > 1 ? createSharedLimits() : undefined;
  const openLimitTable = limits ? openSharedLimits(limits) : openOwnLimitTable;
  const append = createGuardedAppend(intake, {
    demandWritable: () => demandWritable(readiness.state()),
    throttle: createAppendThrottle(readProcessTime, openLimitTable('appends')),
    durations: metrics.durations.append,
  });
  const appendDeps = { append, now, newId: () => randomUUID(), metrics: addRejectionLog(metrics.counters, now, logger) };
  const { bytes } = config.collector.browserBudget;
  const dailyBytes = createDailyBytes(bytes, now, openLimitTable('browserDayBytes'));
  if (config.roles.includes('collect'))
    await followDailyBytes(context, { dailyBytes, store, sites: () => registry.sites(), isShared: shared !== undefined });
  const notices = createOwnNotices(context);
  const onPrivacyRequest = shared
    ? createStoredShopRequests({ requests: shared.shopRequests, clock, logger })
    : createShopPrivacyRequests({ people: shopRequests, logger });
  const reports: CollectorReports = {
    metrics: appendDeps.metrics,
    durations: metrics.durations,
    ...notices.reports,
    onLeakedKey: createKeyDistrust(registry, context),
    onApp: createAppNoticeLog(logger),
    onFault: (error) => {
      damage.suspect(error);
      logger.error({ error: describeError(error) }, 'request fault');
    },
    warn: (fields, event) => logger.warn(fields, event),
  };
  const planDryRun = createLazyPlanner(context, deps);
  const ingest = {
    ...{ threads, readiness, appendDeps, hooks: notices.hooks },
    ...(planDryRun && { planDryRun }),
  };
  if (threadAppends && limits) {
    const { startIngestThreads } = await import('./ingest/start-ingest-threads.ts');
    const { collector } = config;
    const { countryTables } = context;
    const pageSessions = new OwnPageSessions(now);
    const own = { collector, countryTables, sites: registry.sites(), state: readiness.state(), pixel: readPixel() };
    const start = { ...own, threads, limits };
    const running = await listenOrExplain(config, 'collector', () =>
      startIngestThreads(start, {
        log: threadAppends,
        reports,
        onPrivacyRequest,
        sessions: pageSessions,
        ...(planDryRun && { planDryRun }),
      }),
    );
    onShutdown(() => running.close(requestGraceMs));
    readiness.follow(running.applyState);
    running.applyState(readiness.state());
    const readNotices = async (site: string) => {
      await running.collectReports();
      return toSiteNotices(notices.list(site));
    };
    return { ...ingest, ...running, pageSessions, readNotices };
  }
  const pageSessions = openPageSessions(context, shared);
  const app = createConfiguredCollector(context, {
    ...appendDeps,
    ...reports,
    sites: () => registry.sites(),
    ready: readiness.ready,
    dailyBytes,
    onAppended: delivery.wake,
    onPrivacyRequest,
    hasPageSession: (site) => pageSessions.isOpen(site),
    onSeenEvents: (site, credential, events) => pageSessions.take(site, credential, events),
    ...(planDryRun && { planDryRun }),
  });
  deps.port?.serve(app);
  const port = deps.port ?? (await openCollectorPort(context, app));
  onShutdown(() => port.close());
  readiness.follow(({ isDraining }) => {
    if (isDraining) port.drain();
  });
  const readNotices = startNoticeReader(context, deps.storage, { listOwn: notices.list, sites: () => registry.sites() });
  return { ...ingest, url: port.url, pageSessions, readNotices, applySites: async () => {}, collectReports: async () => {} };
}

/** If several processes share the store, each knows the pages that the others have opened. */
function openPageSessions({ clock, now, logger, onShutdown }: GatewayContext, shared: GatewayStorage['shared']): PageSessions {
  if (!shared) return new OwnPageSessions(now);
  const sessions = startSharedPageSessions({ store: shared.pageSessions, clock, logger });
  onShutdown(() => sessions.stop());
  return sessions;
}

/** Returns the planner of dry runs. Most gateways never use it. One that only collects has no settings of platforms. */
function createLazyPlanner(
  { config, now }: GatewayContext,
  { storage: { log, store }, registry, delivery }: IngestStageDeps,
): PlanDryRun | undefined {
  if (onlyCollects(config.roles)) return undefined;
  const load = loadOnce(async () => {
    const { createDryRunPlanner } = await import('./plan-dry-run.ts');
    const { getUndeliveredSince, getCrash } = delivery;
    const getPlatform = registry.getPlatform.bind(registry);
    return createDryRunPlanner({ log, store, now, sites: () => registry.sites(), getPlatform, getUndeliveredSince, getCrash });
  });
  return async (site, records) => (await load())(site, records);
}

/** Returns the number of threads by the config, or by the cores: one of two cores is busy with the writers' threads. */
function getThreads({ collector }: Config): number {
  return collector.threads ?? Math.min(Math.ceil(availableParallelism() / 2), maxDefaultThreads);
}
