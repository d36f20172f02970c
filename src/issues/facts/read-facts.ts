import type { BudgetState } from '../../event/browser-budget.ts';
import { nameConnections } from '../../event/connection-names.ts';
import type { Connection, Site } from '../../event/site.ts';
import { dayMs, hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import { type ReceivedKind, receivedKinds } from '../../storage/ports/alerts.ts';
import type { Backlog, BacklogReader } from '../../storage/ports/backlog.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import { bucketsKeptMs, countBucketMs, countBucketStart } from '../../storage/ports/event-counts.ts';
import { isSentOutcome } from '../../storage/ports/outcomes.ts';
import type { Store } from '../../storage/ports/store.ts';
import type { AccountFacts, ConnectionConditionInput, ConnectionStanding, SiteFacts, SiteSetup, WeekFacts } from './facts.ts';
import { getRhythmPeriods, type Silence } from './shop-rhythm.ts';

export type WatchedSite = Pick<Site, 'id' | 'name' | 'connections' | 'timeZone' | 'accuracy'>;

export interface FactDeps<Standing extends ConnectionStanding = ConnectionStanding> {
  readonly store: Pick<Store, 'getConnectionState' | 'getEventCounts' | 'countContested' | 'sumReceived' | 'getReceivedRange'>;
  /** Creates the reader of the events that wait for the connections of a site. */
  readonly createBacklogReader: () => BacklogReader;
  /** Returns the description of a connection that its card shows. */
  readonly describeConnection: (
    site: string,
    connection: Connection,
    state: ConnectionState | undefined,
    backlog: Backlog,
  ) => Promise<Standing>;
  /** Returns the stated amounts of the purchases that wait for a connection or failed. Absent if no amounts are counted. */
  readonly readMoney?: (site: string, connection: string) => Promise<ConnectionConditionInput['money']>;
  /** Returns the connected account of a connection. Absent: accounts are not read. */
  readonly readAccount?: (site: string, connection: string) => Promise<AccountFacts | undefined>;
  /** Returns the name of a connection's platform. */
  readonly getPlatformName: (connection: Connection) => string;
  /** Returns the settings and the setup of a site. */
  readonly readSetup: (site: string) => Promise<SiteSetup | undefined>;
  /** Returns how many purchases since a time only browsers reported, at most `most`. */
  readonly countBrowserPurchases: (site: string, since: UnixMs, most: number) => Promise<number>;
  /** Returns the use of today's budget for browsers. */
  readonly readBudget: (site: string) => Promise<BudgetState>;
  /** Returns whether records that the event log has of a site are still not counted after a moment. */
  readonly hasUncounted: (site: string) => Promise<boolean>;
  /** Returns the orders of the last seven days by connection. The result may be some minutes old. */
  readonly getWeek: (site: WatchedSite) => Promise<ReadonlyMap<string, WeekFacts>>;
  /** Returns the age of an event from which a connection's platform refuses it. */
  readonly getMaxAgeMs: (connection: Connection) => number;
  /** Returns the time zone of the settings. */
  readonly timeZone: () => string;
  readonly now: () => UnixMs;
}

/** Counts by bucket are read at most once in the length of a bucket, because they need more rows than the rest. */
const countsEveryMs = countBucketMs;

const noMoney: ConnectionConditionInput['money'] = { waiting: [], dead: [] };

type Silences = SiteFacts['silences'];
/** The signs of false reports. */
type Abuse = Pick<SiteFacts, 'contested' | 'budget'>;
type Days = ReadonlyMap<string, ConnectionConditionInput['day']>;

export type ReadWeek = (site: WatchedSite) => Promise<ReadonlyMap<string, WeekFacts> | 'unread'>;

const weekMaxAgeMs = hourMs;
/** The least number of rounds in an hour: one a minute, of which each may take up to half a minute longer. */
const roundsPerHour = 40;
const minWeeksPerRound = 5;

export interface WeekCache {
  /** Begins a round over sites. The returned reader refreshes the stalest of them. */
  readonly refresh: (sites: readonly string[]) => ReadWeek;
  /** Returns the last orders that were read. */
  readonly recall: ReadWeek;
}

/**
 * Creates a cache of the orders of the last seven days, because they need far more reads than the rest. Each round refreshes a part of its
 * sites, so a site is re-read about once an hour.
 */
export function createWeekCache({ getWeek, now }: Pick<FactDeps, 'getWeek' | 'now'>): WeekCache {
  const cache = new Map<string, { readonly at: UnixMs; readonly week: ReadonlyMap<string, WeekFacts> }>();
  const recall: ReadWeek = async (site) => cache.get(site.id)?.week ?? 'unread';
  const refresh: WeekCache['refresh'] = (sites) => {
    const current = new Set(sites);
    for (const site of cache.keys()) if (!current.has(site)) cache.delete(site);
    const getTime = (site: string) => cache.get(site)?.at ?? 0;
    const due = sites
      .filter((site) => Math.abs(now() - getTime(site)) >= weekMaxAgeMs)
      .toSorted((one, other) => getTime(one) - getTime(other))
      .slice(0, Math.max(minWeeksPerRound, Math.ceil(sites.length / roundsPerHour)));
    const isDue = new Set(due);
    return async (site) => {
      if (isDue.has(site.id)) cache.set(site.id, { at: now(), week: await getWeek(site) });
      return recall(site);
    };
  };
  return { refresh, recall };
}

/** The facts of a site, with the descriptions of its enabled connections that they have. */
export type ReadSite<Standing extends ConnectionStanding = ConnectionStanding> = (
  site: WatchedSite,
  readWeek: ReadWeek | undefined,
) => Promise<SiteFacts & { readonly standings: readonly Standing[] }>;

/** Creates a reader of the facts of sites: counters of the store, and never contents of events. */
export function createFactReader<Standing extends ConnectionStanding>({
  store,
  createBacklogReader,
  hasUncounted,
  now,
  getMaxAgeMs,
  timeZone,
  readBudget,
  countBrowserPurchases,
  describeConnection,
  readMoney = async () => noMoney,
  readAccount = async () => undefined,
  getPlatformName,
  readSetup,
}: Omit<FactDeps<Standing>, 'getWeek'>): ReadSite<Standing> {
  const cache = new Map<string, { readonly at: UnixMs; readonly silences: Silences; readonly days: Days } & Abuse>();
  const readCounts = async (site: string, connections: readonly string[]) => {
    const key = JSON.stringify([site, connections]);
    const cached = cache.get(key);
    if (cached && Math.abs(now() - cached.at) < countsEveryMs) return cached;
    for (const [stale, { at }] of cache) if (Math.abs(now() - at) > 2 * countsEveryMs) cache.delete(stale);
    const silences = await readSilences(site, { store, hasUncounted }, now(), timeZone());
    const days = await readDays(site, connections, store, now());
    const contested = await readContested(site, connections, { store, countBrowserPurchases }, now());
    const result = { at: now(), silences, days, contested, budget: await readBudget(site) };
    cache.set(key, result);
    return result;
  };
  return async (watched, readWeek) => {
    const { id: site, name, connections, accuracy } = watched;
    const enabled = connections.filter((connection) => connection.enabled);
    const ids = enabled.map(({ id }) => id);
    const { silences, days, contested, budget } = await readCounts(site, ids);
    const readBacklog = createBacklogReader();
    const week = await readWeek?.(watched);
    const setup = await readSetup(site);
    const standings: Standing[] = [];
    const read = await Promise.all(
      enabled.map(async (given): Promise<Omit<ConnectionConditionInput, 'name'>> => {
        const connection = given.id;
        const consumer = formatConsumerId(site, connection);
        const state = await store.getConnectionState(consumer);
        const backlog = await readBacklog(site, connection, state);
        const { waiting, since, deadLetters, deadPurchases, oldest } = backlog;
        const orders = week === 'unread' ? week : week?.get(connection);
        const account = await readAccount(site, connection);
        const standing = await describeConnection(site, given, state, backlog);
        standings.push(standing);
        const { platform, health, says, trouble, isLossDoubtful, isRetried } = standing;
        return {
          ...{ platform, health, says, ...(trouble && { trouble }), isLossDoubtful, isRetried },
          connection,
          ...(state?.pause && { pause: { cause: state.pause.cause, since: state.pause.since, code: state.pause.issue.code } }),
          failures: state?.breaker.failures ?? 0,
          ...(state?.breaker.status !== undefined && { status: state.breaker.status }),
          ...(state?.breaker.code !== undefined && { code: state.breaker.code }),
          ...(state?.takenAt !== undefined && { takenAt: state.takenAt }),
          waiting,
          ...(since !== undefined && { waitingSince: since }),
          deadLetters,
          deadPurchases,
          ...(oldest !== undefined && { oldest }),
          maxAgeMs: getMaxAgeMs(given),
          money: waiting + deadLetters === 0 ? noMoney : await readMoney(site, connection),
          day: days.get(connection) ?? { sent: 0, dead: 0 },
          ...(orders && { week: orders }),
          ...(account && { account }),
        };
      }),
    );
    const platforms = connections.map((connection) => ({ id: connection.destination, name: getPlatformName(connection) }));
    const names = nameConnections(connections, platforms);
    const disabled = connections.filter((connection) => !connection.enabled);
    const lostWhileDisabled = await Promise.all(
      disabled.map(async ({ id: connection }) => {
        const { lost } = (await readAccount(site, connection)) ?? {};
        return lost ? [{ connection, name: names[connection] ?? connection, lost }] : [];
      }),
    );
    return {
      site,
      name,
      alertUnder: accuracy.alertUnder,
      silences,
      contested,
      budget,
      connections: read.map((one) => ({ ...one, name: names[one.connection] ?? one.connection })),
      lostWhileDisabled: lostWhileDisabled.flat(),
      ...(setup && { setup }),
      standings,
    };
  };
}

/** A shorter silence is a bucket that is not counted yet. */
const shortestSilenceMs = 15 * minuteMs;

/**
 * Reads the running silences of the last 35 days, so that none does not mean that a shop reports again. After an outage, events wait to be
 * counted.
 */
export async function readSilences(
  site: string,
  {
    store,
    hasUncounted,
  }: Pick<FactDeps, 'hasUncounted'> & { readonly store: Pick<FactDeps['store'], 'getReceivedRange' | 'sumReceived'> },
  now: UnixMs,
  timeZone: string,
): Promise<Silences> {
  const silences = receivedKinds.map(
    async (kind: ReceivedKind): Promise<readonly (readonly [ReceivedKind, Silence | 'unknown'])[]> => {
      const before = await store.getReceivedRange(site, kind, now - bucketsKeptMs);
      if (before && now - before.last < shortestSilenceMs) return [];
      if (!before || (await hasUncounted(site))) return [[kind, 'unknown']];
      const range = (await store.getReceivedRange(site, kind, now - bucketsKeptMs)) ?? before;
      if (now - range.last < shortestSilenceMs) return [];
      const { since, earlier } = getRhythmPeriods(range, now, timeZone);
      const counts = await Promise.all(earlier.map((period) => store.sumReceived(site, kind, period.since, period.until)));
      return [[kind, { since, earlier: counts }]];
    },
  );
  return Object.fromEntries((await Promise.all(silences)).flat());
}

/** Counts the events of the last 24 hours by connection. */
async function readDays(site: string, connections: readonly string[], store: FactDeps['store'], now: UnixMs): Promise<Days> {
  const until = countBucketStart(now) + countBucketMs;
  const consumers = connections.map((connection) => formatConsumerId(site, connection));
  const counts = await store.getEventCounts(site, consumers, until - dayMs, until, dayMs);
  return new Map(
    connections.map((connection) => {
      const outcomes = counts.connections.get(formatConsumerId(site, connection))?.outcomes ?? [];
      return [connection, { sent: sumOutcomes(outcomes, isSentOutcome), dead: sumOutcomes(outcomes, (one) => one === 'dead') }];
    }),
  );
}

/** Counts the purchases that a browser's denial counted for, and the orders of the last 24 hours that the shop reported. */
async function readContested(
  site: string,
  connections: readonly string[],
  { store, countBrowserPurchases }: Pick<FactDeps, 'store' | 'countBrowserPurchases'>,
  now: UnixMs,
): Promise<SiteFacts['contested']> {
  const until = countBucketStart(now) + countBucketMs;
  const consumers = connections.map((connection) => formatConsumerId(site, connection));
  const day = await store.countContested(consumers, until - dayMs, until);
  if (day === 0) return { hour: 0, day: 0, orders: 0 };
  const purchases = await store.sumReceived(site, 'orders', until - dayMs, until);
  const ofBrowsers = await countBrowserPurchases(site, until - dayMs, purchases);
  return {
    day,
    hour: await store.countContested(consumers, countBucketStart(now - hourMs), until),
    orders: Math.max(0, purchases - ofBrowsers),
  };
}

/** Sums the events whose outcome counts. */
export function sumOutcomes(
  outcomes: readonly { readonly outcome: string; readonly events: number }[],
  isCounted: (outcome: string) => boolean,
): number {
  return outcomes.filter(({ outcome }) => isCounted(outcome)).reduce((total, { events }) => total + events, 0);
}
