import { hostname } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AlertSettings } from '../../alerts/alert-settings.ts';
import { listThresholds } from '../../alerts/conditions/evaluate-rules.ts';
import { createGatewayFactReader } from '../../alerts/read-gateway-facts.ts';
import { weekMaxAgeMs } from '../../api/accuracy/accuracy-alert.ts';
import { type AccuracyReader, getLastWeek } from '../../api/accuracy/accuracy-reader.ts';
import { readConnection } from '../../api/connections/connection-view.ts';
import type { PresentFacts } from '../../api/connections/handlers.ts';
import type { ConnectionView } from '../../api/connections/schemas.ts';
import { sleep } from '../../clock/clock.ts';
import { defaultAlertRules } from '../../config/alerts.ts';
import type { Delivery } from '../../delivery/delivery.ts';
import type { BudgetState } from '../../event/browser-budget.ts';
import { secondMs, type UnixMs } from '../../event/units.ts';
import { getServerConsent } from '../../ingest/accept/server-consent.ts';
import type { AlertNode, SiteFacts, WeekFacts } from '../../issues/facts/facts.ts';
import { selectMoney, toConnectionMoney } from '../../issues/facts/money.ts';
import {
  createFactReader,
  createWeekCache,
  type ReadSite,
  type WatchedSite,
  type WeekCache,
} from '../../issues/facts/read-facts.ts';
import { createIssueList, type IssueList } from '../../issues/issue-list.ts';
import { loadOnce } from '../../load-once.ts';
import type { SiteRegistry } from '../../sites/site-registry.ts';
import { diskReserveBytes } from '../../storage/disk/disk-space.ts';
import { startOffset } from '../../storage/log/event-log.ts';
import { createBacklogReader } from '../../storage/ports/backlog.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import type { GatewayContext } from '../gateway-context.ts';
import type { GatewayStorage } from '../open-gateway-storage.ts';
import type { Maintenance } from '../open-maintenance.ts';
import type { RunningIngest } from '../start-ingest.ts';

export interface IssueDeps {
  readonly storage: GatewayStorage;
  readonly registry: SiteRegistry;
  readonly alertSettings: AlertSettings;
  readonly delivery: Pick<Delivery, 'getUndeliveredSince' | 'getCrash'>;
  readonly maintenance: Pick<Maintenance, 'exports'>;
  readonly ingest: Pick<RunningIngest, 'readNotices' | 'hooks'>;
  readonly accuracy: AccuracyReader;
  readonly browserBudget: (site: string) => Promise<BudgetState>;
}

/** The list of issues, and the readers of the facts behind it and behind the alerts. */
export interface OpenedIssues {
  readonly issues: IssueList<PresentFacts>;
  readonly readSite: ReadSite;
  readonly readGateway: ReturnType<typeof createGatewayFactReader>;
  readonly weeks: WeekCache;
  readonly getWeek: (site: WatchedSite) => Promise<ReadonlyMap<string, WeekFacts>>;
  readonly node?: AlertNode;
}

/** A busy site always has records that are not counted yet, so those of a moment ago are waited for. */
const countedLooks = 4;
const countedEveryMs = secondMs / 4;

/** Creates the list of issues. The alerts take their texts from the same facts. */
export function openIssues({ clock, now }: GatewayContext, deps: IssueDeps): OpenedIssues {
  const { storage, registry, alertSettings, delivery, maintenance, ingest, accuracy, browserBudget } = deps;
  const { intake, log, store, freeBytes, shared, leaseOwner } = storage;
  const node = shared && { id: leaseOwner, host: hostname() };
  const viewDeps = {
    log,
    store,
    now,
    getPlatform: registry.getPlatform.bind(registry),
    isLive: () => true,
    getUndeliveredSince: delivery.getUndeliveredSince,
    getCrash: delivery.getCrash,
  };
  // The checklist loads a part of the API, which takes longer than the gateway takes to start.
  const loadSetup = loadOnce(async () => {
    const { createSetupReader } = await import('./read-setup.ts');
    return createSetupReader({
      ...{
        registry,
        exports: maintenance.exports,
        log,
        store,
        now,
        readNotices: ingest.readNotices,
        getHookState: ingest.hooks.getHookState,
      },
      getServerConsent: (site) => getServerConsent(site, now()),
    });
  });
  const readGrants = createSharedRead(() => store.listGrants());
  // Most gateways have no connected account.
  const loadAccounts = loadOnce(async () => (await import('./read-account.ts')).findAccountFacts);
  const readCounts = createSharedRead(() => store.countAllByOutcome());
  const getWeek = (site: WatchedSite) => readWeek(site, accuracy, now());
  const weeks = createWeekCache({ getWeek, now });
  const readSite = createFactReader({
    store,
    createBacklogReader: () => createBacklogReader({ log, store }),
    async describeConnection(site, connection, state, backlog) {
      const counts = (await readCounts()).get(formatConsumerId(site, connection.id)) ?? { waiting: 0 };
      const facts = { state, backlog, counts };
      const { view, trouble, isLossDoubtful } = await readConnection({ id: site }, connection, viewDeps, facts);
      const { platform, health, says, nextTryAt, pausedSince } = view;
      // A pause ends by what the operator does. Convey only looks whether it was done.
      const isRetried = pausedSince === undefined && (health === 'unhealthy' || nextTryAt !== undefined);
      return { platform, health, says, ...(trouble && { trouble }), isLossDoubtful, isRetried, view };
    },
    readAccount: async (site, connection) => {
      const grants = await readGrants();
      const own = registry.sites().find(({ id }) => id === site);
      const found = own?.connections.find(({ id }) => id === connection);
      const { adjustments, late } = found ? registry.getPlatform(found) : {};
      const isOn = late !== undefined || (adjustments?.goals.length ?? 0) > 0;
      if (grants.length === 0 && !isOn) return undefined;
      const consumer = formatConsumerId(site, connection);
      const state = isOn ? await store.getUploadState(consumer) : undefined;
      const uploads = { isOn, isLate: late !== undefined, state };
      const unsent = late && { late: await store.sumLatePurchases(consumer), maxAgeMs: late.maxAgeMs };
      return (await loadAccounts())(grants, site, connection, found?.settings, { ...uploads, ...unsent });
    },
    readSetup: async (site) => (await loadSetup())(site),
    readMoney: async (site, connection) => {
      const [next] = (await log.read(site, await store.getIdentityCursor(site), { records: 1, bytes: 1 })).records;
      return toConnectionMoney(await store.getUnsentMoney(site, formatConsumerId(site, connection)), next && now() - next.at);
    },
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
    getPlatformName: (connection) => registry.getPlatform(connection).name,
    getMaxAgeMs: (connection) => registry.getPlatform(connection).limits.maxAgeMs,
    timeZone: () => alertSettings.current().timeZone,
    now,
  });
  const readGateway = createGatewayFactReader({
    settings: alertSettings,
    store,
    ...(node && { node }),
    getUndeliveredSince: delivery.getUndeliveredSince,
    readDisk: async () => {
      const { writable, problem, browserProblem } = await intake.health();
      const free = freeBytes();
      const reason = problem ?? browserProblem;
      return {
        freeBytes: free,
        isDiskFull: free < diskReserveBytes,
        refuses: writable ? (browserProblem === undefined ? 'nothing' : 'browsers') : 'everything',
        ...(reason !== undefined && { problem: reason }),
      };
    },
  });
  const readFacts = async () => {
    const sites: SiteFacts[] = [];
    const connections: ConnectionView[] = [];
    for (const site of registry.sites()) {
      const { standings, ...facts } = await readSite(site, weeks.recall);
      sites.push(facts);
      connections.push(...standings.map(({ view }) => view));
      await nextTurn();
    }
    return { gateway: await readGateway(), sites, connections };
  };
  const issues = createIssueList({
    store,
    now,
    readFacts,
    listThresholds: (on, site) => listThresholds(alertSettings.current().rules ?? defaultAlertRules, on, site),
    node: node?.id,
  });
  return { issues, readSite, readGateway, weeks, getWeek, ...(node && { node }) };
}

/** Creates a read whose result is shared by the readings that begin within a second, such as those of the sites of one round. */
function createSharedRead<T>(read: () => Promise<T>): () => Promise<T> {
  let shared: { readonly at: number; readonly result: Promise<T> } | undefined;
  return async () => {
    const at = performance.now();
    if (!shared || at - shared.at >= secondMs) shared = { at, result: read() };
    const { result } = shared;
    try {
      return await result;
    } catch (error) {
      if (shared.result === result) shared = undefined;
      throw error;
    }
  };
}

async function readWeek(site: WatchedSite, accuracy: AccuracyReader, now: UnixMs): Promise<ReadonlyMap<string, WeekFacts>> {
  const { connections } = await accuracy.of(site, getLastWeek(now, site.timeZone), weekMaxAgeMs);
  return new Map(
    connections.map(({ connection, orders, missing, share, gaps, amounts }) => {
      const withoutGoal = gaps.find(({ gap }) => gap === 'unsupported-event');
      const money = {
        missingMoney: selectMoney(amounts.map((one) => ({ currency: one.currency, amount: one.missing }))),
        withoutGoalMoney: selectMoney(withoutGoal?.amounts ?? []),
      };
      const counts = { orders, missing, withoutGoal: withoutGoal?.orders ?? 0, ...(share !== undefined && { share }) };
      return [connection, { ...counts, ...money }];
    }),
  );
}
