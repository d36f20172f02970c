import { setImmediate } from 'node:timers/promises';
import QuickLRU from 'quick-lru';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { getMaxEventAgeMs } from '../../event/late-events.ts';
import { type Accuracy, AccuracyCalculator, isShopOrder, type OrderGap, type OrderStatus } from '../../event/order-accuracy.ts';
import type { Connection, Site } from '../../event/site.ts';
import { addDays, eachDay, findTime, getLocalDay } from '../../event/time-zone.ts';
import { dayMs, minuteMs, secondMs, type UnixMs } from '../../event/units.ts';
import { type EventLog, type Offset, startOffset } from '../../storage/log/event-log.ts';
import type { IndexedPurchase } from '../../storage/ports/event-index.ts';
import type { Store } from '../../storage/ports/store.ts';
import { readStatuses, selectCounting } from './order-status.ts';
import { readRefunded } from './read-refunded.ts';

export interface AccuracySources {
  readonly log: Pick<EventLog, 'findOffsetAt' | 'read'>;
  readonly store: Pick<Store, 'listPurchases' | 'listRefunds' | 'getOutcomes' | 'getDeferredDeliveries' | 'getConnectionState'>;
  readonly now: () => UnixMs;
  readonly getPlatform: (connection: Connection) => Pick<BoundDestination, 'skipTexts' | 'isTest'>;
}

/** The first and the last day in the time zone of the site, both included: `YYYY-MM-DD`. */
export interface DayRange {
  readonly since: string;
  readonly until: string;
}

/** A period, and the maximum age of its cached result. */
export interface Period {
  readonly days: DayRange;
  readonly maxAgeMs?: number;
}

/** The order accuracy of one site for a period. */
export interface SiteAccuracy extends DayRange {
  /** Purchases that only browsers reported. */
  readonly unknownToShop: number;
  /** The enabled connections, without those whose platform counts nothing. */
  readonly connections: readonly (Accuracy & { readonly connection: string; readonly destination: string })[];
}

/** A purchase with its status on each enabled connection whose platform counts it. */
export interface PurchaseWithStatus {
  readonly purchase: IndexedPurchase;
  /** The part of its value that was paid back by now, in its currency. Absent if it has no value. */
  readonly refunded?: number;
  readonly standings: Readonly<Record<string, OrderStatus>>;
  /** The rule that skipped the purchase, by connection. */
  readonly rules: Readonly<Record<string, string>>;
}

type SiteConnections = Pick<Site, 'id' | 'connections' | 'timeZone'>;

/** The margin for wrong clocks. */
const clockMarginMs = 10 * minuteMs;
/** Older reports of browsers have been removed from an event log with the default retention. */
const claimedBeforeMs = 8 * dayMs;
/** The default maximum age of a cached result. */
const cacheMs = 10 * secondMs;
/** QuickLRU holds up to twice its `maxSize`. */
const maxCached = 512;
/** Purchases per page. Other work runs between two pages. The store reads up to 64 outcomes one by one, and more as a long range. */
const pageSize = 50;
/** The largest page of a whole period, and the time that a page may take. Purchases close together share the blocks of their outcomes. */
const maxPageSize = 1_600;
const pageMs = 25;

/** Returns the size of the page after one that took `ms`: as large as other work can wait for. */
function choosePageSize(size: number, ms: number): number {
  if (ms > pageMs) return Math.max(pageSize, size / 2);
  return ms < pageMs / 2 ? Math.min(maxPageSize, size * 2) : size;
}

/** Creates a reader of order accuracy. It reads page by page, so that other work can run in between, and caches its results. */
export function accuracyReader(sources: AccuracySources) {
  const cache = new QuickLRU<string, { readonly at: UnixMs; readonly result: Promise<SiteAccuracy> }>({ maxSize: maxCached / 2 });
  const toKey = (site: SiteConnections, { since, until }: DayRange) => {
    const connections = selectCounting(site, sources).map(({ id }) => id);
    return JSON.stringify([site.id, site.timeZone, since, until, connections, getMaxEventAgeMs(site)]);
  };
  const findFresh = (site: SiteConnections, { days, maxAgeMs = cacheMs }: Period) => {
    const cached = cache.get(toKey(site, days));
    return cached && Math.abs(sources.now() - cached.at) < maxAgeMs ? cached.result : undefined;
  };
  const keep = (site: SiteConnections, { days, getResult }: PeriodCounter, pass: Promise<void>) => {
    const key = toKey(site, days);
    const result = pass.then(getResult);
    cache.set(key, { at: sources.now(), result });
    result.catch(() => cache.delete(key));
    return result;
  };
  return {
    of(site: SiteConnections, days: DayRange, maxAgeMs: number = cacheMs): Promise<SiteAccuracy> {
      const fresh = findFresh(site, { days, maxAgeMs });
      if (fresh !== undefined) return fresh;
      const counter = createPeriodCounter(site, days, sources);
      return keep(site, counter, readPeriods(site, [counter], sources));
    },
    /** Reads those of some periods that are not cached, in one pass, because most of their days are the same. `of` then returns each. */
    prepare(site: SiteConnections, periods: readonly Period[]): void {
      const counters = periods
        .filter((period) => findFresh(site, period) === undefined)
        .map(({ days }) => createPeriodCounter(site, days, sources));
      if (counters.length === 0) return;
      const pass = readPeriods(site, counters, sources);
      for (const counter of counters) void keep(site, counter, pass);
    },
    /** Returns when the oldest stored event of the site was received. */
    async keptSince({ id }: Pick<Site, 'id'>): Promise<UnixMs | undefined> {
      return (await sources.log.read(id, startOffset, { records: 1, bytes: 1 })).records[0]?.at;
    },
    /**
     * Returns the shop's orders among some events that have one of these gaps on one of the site's counted connections, as the numbers count
     * them.
     */
    async selectByGap(site: SiteConnections, gaps: readonly OrderGap[], offsets: readonly Offset[]): Promise<readonly Offset[]> {
      const asked = new Set(offsets);
      const sorted = [...asked].sort();
      const through = sorted.at(-1);
      const found: Offset[] = [];
      if (through === undefined) return found;
      // A part of an offset comes before it, and after all that are ten or more below it.
      for (let after = sorted[0]?.slice(0, -1) ?? startOffset; ; await setImmediate()) {
        const rows = await sources.store.listPurchases(site.id, after, through, pageSize);
        const orders = rows.filter((purchase) => asked.has(purchase.offset) && isShopOrder(purchase));
        for (const { purchase, standings } of await readStatuses(site, orders, sources))
          if (gaps.some((gap) => [...standings.values()].includes(gap))) found.push(purchase.offset);
        const last = rows.at(-1);
        if (!last || rows.length < pageSize) return found;
        after = last.offset;
      }
    },
    /** Returns purchases of a period in log order, after an offset. A page may contain fewer than `limit`. */
    async page(
      site: SiteConnections,
      days: DayRange,
      after: Offset,
      limit: number,
    ): Promise<{ readonly purchases: readonly PurchaseWithStatus[]; readonly next?: Offset }> {
      const [first, through] = await findOffsets(site, days, sources);
      const from = after > first ? after : first;
      const rows = await sources.store.listPurchases(site.id, from, through, limit);
      const last = rows.at(-1);
      const within = rows.filter(isWithin(site, days));
      const purchases: PurchaseWithStatus[] = [];
      for (let at = 0; at < within.length; at += pageSize) {
        if (at > 0) await setImmediate();
        purchases.push(...(await withStatus(site, within.slice(at, at + pageSize), sources)));
      }
      return {
        purchases,
        ...(last && rows.length === limit && { next: last.offset }),
      };
    },
  };
}
export type AccuracyReader = ReturnType<typeof accuracyReader>;

/** Counts the purchases of one period. */
interface PeriodCounter {
  readonly days: DayRange;
  readonly isIn: (purchase: Pick<IndexedPurchase, 'time'>) => boolean;
  readonly add: (purchase: PurchaseWithStatus) => void;
  readonly getResult: () => SiteAccuracy;
}

function createPeriodCounter(site: SiteConnections, days: DayRange, sources: AccuracySources): PeriodCounter {
  const counting = selectCounting(site, sources);
  const calculators = new Map(
    counting.map((connection) => [
      connection.id,
      new AccuracyCalculator(site.timeZone, sources.getPlatform(connection).skipTexts),
    ]),
  );
  let unknownToShop = 0;
  return {
    days,
    isIn: isWithin(site, days),
    add({ purchase, refunded, standings, rules }) {
      if (!isShopOrder(purchase)) {
        unknownToShop += 1;
        return;
      }
      for (const [connection, status] of Object.entries(standings))
        calculators.get(connection)?.add({
          at: purchase.time,
          status,
          receivedAt: purchase.receivedAt,
          ...(rules[connection] !== undefined && { rule: rules[connection] }),
          ...(purchase.money && { money: purchase.money }),
          ...(refunded !== undefined && { refunded }),
        });
    },
    getResult() {
      const listed = eachDay(days.since, days.until);
      return {
        ...days,
        unknownToShop,
        connections: counting.flatMap(({ id: connection, destination }) => {
          const calculator = calculators.get(connection);
          return calculator ? [{ connection, destination, ...calculator.accuracy(listed) }] : [];
        }),
      };
    },
  };
}

/** Reads the purchases of several periods, page by page, and adds each to the periods that contain it. */
async function readPeriods(site: SiteConnections, counters: readonly PeriodCounter[], sources: AccuracySources): Promise<void> {
  const spans = await Promise.all(
    counters.map(async (counter) => {
      const [after, through] = await findOffsets(site, counter.days, sources);
      return { ...counter, after, through };
    }),
  );
  const [first = startOffset] = spans.map(({ after }) => after).sort();
  const last =
    spans
      .map(({ through }) => through)
      .sort()
      .at(-1) ?? first;
  const select = ({ offset, time }: IndexedPurchase) =>
    spans.filter(({ after, through, isIn }) => offset > after && offset <= through && isIn({ time }));
  let size = pageSize;
  for (let after = first; ; await setImmediate()) {
    const began = performance.now();
    const rows = await sources.store.listPurchases(site.id, after, last, size);
    // The offsets enclose days before and after the periods, and outcomes cost the most.
    const within = rows.filter((purchase) => select(purchase).length > 0);
    for (const one of await withStatus(site, within, sources)) for (const { add } of select(one.purchase)) add(one);
    const reached = rows.at(-1)?.offset;
    if (reached === undefined || rows.length < size) return;
    after = reached;
    size = choosePageSize(size, performance.now() - began);
  }
}

/**
 * Returns offsets that enclose all events of a period: they are received after they happened, and no later than the site accepts them. An order that a
 * browser claimed before it was placed is at the offset of the claim.
 */
async function findOffsets(
  site: SiteConnections,
  days: DayRange,
  { log }: AccuracySources,
): Promise<readonly [after: Offset, through: Offset]> {
  const { id } = site;
  const [since, until] = findBounds(site, days);
  const from = since - claimedBeforeMs;
  return [
    from > 0 ? await log.findOffsetAt(id, new Date(from)) : startOffset,
    await log.findOffsetAt(id, new Date(until + getMaxEventAgeMs(site) + clockMarginMs)),
  ];
}

/** Returns the beginning of the first day, and the end of the last. */
function findBounds({ timeZone }: Pick<Site, 'timeZone'>, { since, until }: DayRange): readonly [from: UnixMs, end: UnixMs] {
  return [findTime(since, 0, timeZone), findTime(addDays(until, 1), 0, timeZone)];
}

function isWithin(site: SiteConnections, days: DayRange): (purchase: Pick<IndexedPurchase, 'time'>) => boolean {
  const [from, end] = findBounds(site, days);
  return ({ time }) => time >= from && time < end;
}

async function withStatus(
  site: SiteConnections,
  purchases: readonly IndexedPurchase[],
  sources: AccuracySources,
): Promise<readonly PurchaseWithStatus[]> {
  const results = await readStatuses(site, purchases, sources);
  const refunded = await readRefunded(site, purchases, sources.store);
  return results.map(({ purchase, standings, rules }) => ({
    purchase,
    ...refunded(purchase),
    standings: Object.fromEntries(standings),
    rules: Object.fromEntries(rules),
  }));
}

/** Returns the last seven whole days, which the alert checks. */
export function getLastWeek(now: UnixMs, timeZone: string): DayRange {
  const today = getLocalDay(now, timeZone);
  return { since: addDays(today, -7), until: addDays(today, -1) };
}

/** Returns the requested days. The default is the seven days up to today. */
export function toDayRange(since: string | undefined, until: string | undefined, now: UnixMs, timeZone: string): DayRange {
  const last = until ?? getLocalDay(now, timeZone);
  return { since: since ?? addDays(last, -6), until: last };
}
