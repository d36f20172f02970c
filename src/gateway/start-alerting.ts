import { hostname } from 'node:os';
import type { AlertSettings } from '../alerts/alert-settings.ts';
import type { WeekFacts } from '../alerts/conditions/facts.ts';
import type { WatchedSite } from '../alerts/conditions/read-facts.ts';
import { type RunningAlerts, startAlerts } from '../alerts/start-alerts.ts';
import { weekMaxAgeMs } from '../api/accuracy/accuracy-alert.ts';
import { type AccuracyReader, getLastWeek } from '../api/accuracy/accuracy-reader.ts';
import { sleep } from '../clock/clock.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { Sender } from '../delivery/sending/http-sender.ts';
import type { BudgetState } from '../event/browser-budget.ts';
import { secondMs } from '../event/units.ts';
import type { SiteRegistry } from '../sites/site-registry.ts';
import { diskReserveBytes } from '../storage/disk/disk-space.ts';
import { startOffset } from '../storage/log/event-log.ts';
import { createBacklogReader } from '../storage/ports/backlog.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { GatewayStorage } from './open-gateway-storage.ts';

export interface AlertingDeps {
  readonly storage: GatewayStorage;
  readonly registry: SiteRegistry;
  readonly alertSettings: AlertSettings;
  readonly sender: Sender;
  readonly delivery: Pick<Delivery, 'ownsSite' | 'getUndeliveredSince'>;
  readonly accuracy: AccuracyReader;
  readonly browserBudget: (site: string) => Promise<BudgetState>;
  readonly dashboardUrl: () => string;
}

/** A busy site always has records that are not counted yet, so those of a moment ago are waited for. */
const countedLooks = 4;
const countedEveryMs = secondMs / 4;

/** Starts the checks of alerts. */
export function startAlerting(
  { config, clock, now, logger, onShutdown }: GatewayContext,
  { storage, registry, alertSettings, sender, delivery, accuracy, browserBudget, dashboardUrl }: AlertingDeps,
): RunningAlerts {
  const { intake, log, store, freeBytes, shared, leaseOwner } = storage;
  alertSettings.warnOfUnknownSites();
  const alerts = startAlerts({
    settings: alertSettings,
    sites: () => registry.sites(),
    ownsSite: (site) => delivery.ownsSite(site),
    getUndeliveredSince: delivery.getUndeliveredSince,
    ...(shared && { node: { id: leaseOwner, host: hostname() } }),
    getMaxAgeMs: (connection) => registry.getPlatform(connection).limits.maxAgeMs,
    store,
    readDisk: async () => {
      const { writable, browserProblem } = await intake.health();
      const free = freeBytes();
      return {
        freeBytes: free,
        isDiskFull: free < diskReserveBytes,
        refuses: writable ? (browserProblem === undefined ? 'nothing' : 'browsers') : 'everything',
      };
    },
    createBacklogReader: () => createBacklogReader({ log, store }),
    hasUncounted: async (site) => {
      const head = (await log.heads()).get(site) ?? startOffset;
      const isCounted = async () => (await store.getIdentityCursor(site)) >= head;
      for (let look = 0; look < countedLooks; look += 1) {
        if (await isCounted()) return false;
        await sleep(clock, countedEveryMs);
      }
      return !(await isCounted());
    },
    readBudget: browserBudget,
    countBrowserPurchases: async (site, since, most) => {
      const { count } = await store.countBrowserPurchases(site, await log.findOffsetAt(site, new Date(since)), most);
      return count;
    },
    getWeek: async (site) => readWeek(site, accuracy, now()),
    send: (request) => sender.send(request),
    allowPrivateDestinations: config.allowPrivateDestinations,
    dashboardUrl,
    clock,
    logger,
  });
  onShutdown(() => alerts.stop());
  return alerts;
}

async function readWeek(site: WatchedSite, accuracy: AccuracyReader, now: number): Promise<ReadonlyMap<string, WeekFacts>> {
  const { connections } = await accuracy.of(site, getLastWeek(now), weekMaxAgeMs);
  return new Map(
    connections.map(({ connection, orders, missing, share, gaps }) => {
      const withoutGoal = gaps.find(({ gap }) => gap === 'unsupported-event')?.orders ?? 0;
      return [connection, { orders, missing, withoutGoal, ...(share !== undefined && { share }) }];
    }),
  );
}
