import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Accuracy,
  AccuracyCalculator,
  eachDay,
  gracePeriodMs,
  type OrderStatus,
  utcDay,
} from '../../event/order-accuracy.ts';
import type { Site } from '../../event/site.ts';
import { dayMs, minuteMs, secondMs, type UnixMs } from '../../event/units.ts';
import { type EventLog, type Offset, startOffset } from '../../storage/log/event-log.ts';
import type { ConnectionState, DeferredDelivery, IndexedPurchase, Store, StoredOutcome } from '../../storage/store/store.ts';

/** What orders and their outcomes are read from. */
export interface AccuracySources {
  readonly log: Pick<EventLog, 'findOffsetAt' | 'read'>;
  readonly store: Pick<Store, 'listPurchases' | 'getOutcomes' | 'getDeferredDeliveries' | 'getConnectionState'>;
  readonly now: () => UnixMs;
}

/** The first and the last day, both in UTC and included: `YYYY-MM-DD`. */
export interface DayRange {
  readonly since: string;
  readonly until: string;
}

/** One site's orders of some days. */
export interface SiteAccuracy extends DayRange {
  /** Purchases that browsers or servers told, and no webhook. */
  readonly unknownToShop: number;
  /** The enabled ones. */
  readonly connections: readonly (Accuracy & { readonly connection: string; readonly destination: string })[];
}

/** A purchase, and where it stands at each enabled connection. */
export interface PurchaseWithStatus {
  readonly purchase: IndexedPurchase;
  readonly standings: Readonly<Record<string, OrderStatus>>;
}

type Of = Pick<Site, 'id' | 'connections'>;

/** How long after it happened an event is still taken, and a little more for clocks. */
const latestMs = 7 * dayMs + 10 * minuteMs;
/** Claims that are older are gone from a log of the default retention. */
const claimedBeforeMs = 8 * dayMs;
/** For so long an answer is given again. */
const freshMs = 10 * secondMs;
const mostKept = 512;

/** Reads orders, page by page, so that nobody waits long for their turn. What was read just now is not read again. */
export function accuracyReader(sources: AccuracySources) {
  const known = new Map<string, { readonly at: UnixMs; readonly answer: Promise<SiteAccuracy> }>();
  return {
    of(site: Of, days: DayRange, maxAgeMs: number = freshMs): Promise<SiteAccuracy> {
      const connections = site.connections.map(({ id, enabled }) => `${id} ${enabled}`);
      const key = JSON.stringify([site.id, days.since, days.until, connections]);
      const now = sources.now();
      const before = known.get(key);
      if (before && Math.abs(now - before.at) < maxAgeMs) return before.answer;
      const answer = read(site, days, sources);
      known.delete(key);
      known.set(key, { at: now, answer });
      answer.catch(() => known.delete(key));
      const [oldest] = known.keys();
      if (known.size > mostKept && oldest !== undefined) known.delete(oldest);
      return answer;
    },
    /** When the log took the first event of the site that it still has; what was made before is not known here. */
    async keptSince({ id }: Of): Promise<UnixMs | undefined> {
      return (await sources.log.read(id, startOffset, { records: 1, bytes: 1 })).records[0]?.at;
    },
    /** Purchases of these days in log order, whoever told them, after a place; those of a page may be fewer than `limit`. */
    async page(
      site: Of,
      days: DayRange,
      after: Offset,
      limit: number,
    ): Promise<{ readonly purchases: readonly PurchaseWithStatus[]; readonly next?: Offset }> {
      const [first, through] = await placesOf(site, days, sources);
      const from = after > first ? after : first;
      const rows = await sources.store.listPurchases(site.id, from, through, limit);
      const last = rows.at(-1);
      const purchases: PurchaseWithStatus[] = [];
      const pace = pacer();
      for (let at = 0; at < rows.length; at += pace.size) {
        if (at > 0) await nextTurn();
        purchases.push(...(await pace.of((size) => stand(site, rows.slice(at, at + size), sources))));
      }
      const isIn = within(days);
      return {
        purchases: purchases.filter(({ purchase }) => isIn(purchase)),
        ...(last && rows.length === limit && { next: last.offset }),
      };
    },
  };
}
export type AccuracyReader = ReturnType<typeof accuracyReader>;

/** Where one purchase stands at one connection. Pure. */
export function orderStatusOf(
  { offset, receivedAt }: Pick<IndexedPurchase, 'offset' | 'receivedAt'>,
  of: {
    readonly state: Pick<ConnectionState, 'cursor' | 'begins'> | undefined;
    readonly known: StoredOutcome | undefined;
    readonly straggler: Pick<DeferredDelivery, 'reason'> | undefined;
    readonly now: UnixMs;
  },
): OrderStatus {
  const { state, straggler, now } = of;
  const known = of.known?.isRetired ? undefined : of.known;
  const isLate = now - receivedAt >= gracePeriodMs;
  if (!known) {
    if (!state || (state.begins && offset <= state.begins.after)) return 'earlier';
    if (offset > state.cursor) return isLate ? 'unsent' : 'waiting';
    return 'lost';
  }
  const { outcome, issues } = known;
  switch (outcome) {
    case 'delivered':
      if (issues.some(({ code }) => code === 'claimed')) return 'claimed';
      return issues.length > 0 ? 'noted' : 'accepted';
    case 'waiting':
      if (!isLate) return 'waiting';
      return straggler?.reason === 'hold' ? 'unsent' : 'retrying';
    case 'dead':
      if (issues.some(({ code }) => code === 'expired')) return 'expired';
      return issues.some(({ code }) => code === 'corrupt') ? 'damaged' : 'rejected';
    case 'consent-denied':
      return issues.some(({ code }) => code === 'consent-differs') ? 'claimed' : outcome;
    default:
      return outcome;
  }
}

async function read(site: Of, days: DayRange, sources: AccuracySources): Promise<SiteAccuracy> {
  const enabled = site.connections.filter((one) => one.enabled);
  const tallies = new Map(enabled.map(({ id }) => [id, new AccuracyCalculator()]));
  const isIn = within(days);
  let unknownToShop = 0;
  for await (const page of pages(site, days, sources)) {
    for (const { purchase, standings } of page) {
      if (!isIn(purchase)) continue;
      if (!purchase.reporters.includes('webhook')) unknownToShop += 1;
      else
        for (const [connection, standing] of Object.entries(standings))
          tallies.get(connection)?.add({ at: purchase.time, status: standing, receivedAt: purchase.receivedAt });
    }
  }
  const listed = eachDay(days.since, days.until);
  return {
    ...days,
    unknownToShop,
    connections: enabled.flatMap(({ id: connection, destination }) => {
      const tally = tallies.get(connection);
      return tally ? [{ connection, destination, ...tally.accuracy(listed) }] : [];
    }),
  };
}

const smallest = 50;
const largest = 1_000;
const growMs = 6;
const shrinkMs = 15;

/** A page begins small and grows while it is read fast: what its outcomes cost depends on how much else lies between them. */
function pacer() {
  let [size, next] = [smallest, smallest];
  return {
    /** Of the page before. */
    get size() {
      return size;
    },
    async of<T>(read: (size: number) => Promise<T>): Promise<T> {
      size = next;
      const from = performance.now();
      const page = await read(size);
      const tookMs = performance.now() - from;
      if (tookMs < growMs) next = Math.min(largest, size * 2);
      else if (tookMs > shrinkMs) next = Math.max(smallest, Math.floor(size / 2));
      return page;
    },
  };
}

async function* pages(site: Of, days: DayRange, sources: AccuracySources): AsyncGenerator<readonly PurchaseWithStatus[]> {
  const [first, through] = await placesOf(site, days, sources);
  const pace = pacer();
  for (let after = first; ; ) {
    const page = await pace.of(async (size) =>
      stand(site, await sources.store.listPurchases(site.id, after, through, size), sources),
    );
    const last = page.at(-1)?.purchase.offset;
    if (last === undefined) return;
    yield page;
    if (page.length < pace.size) return;
    after = last;
    await nextTurn();
  }
}

/**
 * Whatever happened in these days stands between: it is received after it happened, and not much later. An order that a browser claimed
 * before it was made stands at the claim.
 */
async function placesOf(
  { id }: Of,
  days: DayRange,
  { log }: AccuracySources,
): Promise<readonly [after: Offset, through: Offset]> {
  const [from, until] = [Date.parse(days.since) - claimedBeforeMs, Date.parse(days.until) + dayMs];
  return [
    from > 0 ? await log.findOffsetAt(id, new Date(from)) : startOffset,
    await log.findOffsetAt(id, new Date(until + latestMs)),
  ];
}

function within({ since, until }: DayRange): (purchase: Pick<IndexedPurchase, 'time'>) => boolean {
  const [from, end] = [Date.parse(since), Date.parse(until) + dayMs];
  return ({ time }) => time >= from && time < end;
}

async function stand(
  site: Of,
  purchases: readonly IndexedPurchase[],
  { store, now }: AccuracySources,
): Promise<readonly PurchaseWithStatus[]> {
  const at = now();
  const found = purchases.map((purchase) => ({ purchase, standings: new Map<string, OrderStatus>() }));
  const offsets = purchases.map(({ offset }) => offset);
  for (const { id } of site.connections.filter((one) => one.enabled)) {
    const pump = `${site.id}/${id}`;
    // Before the outcomes: what the cursor passes meanwhile has one by then.
    const state = await store.getConnectionState(pump);
    const outcomes = await store.getOutcomes(pump, offsets);
    const late = purchases.filter(
      ({ offset, receivedAt }) => at - receivedAt >= gracePeriodMs && outcomes.get(offset)?.outcome === 'waiting',
    );
    const stragglers = new Map(
      late.length === 0
        ? []
        : (
            await store.getDeferredDeliveries(
              pump,
              late.map(({ offset }) => offset),
            )
          ).map((one) => [one.offset, one]),
    );
    for (const { purchase, standings } of found) {
      const { offset } = purchase;
      const of = { state, known: outcomes.get(offset), straggler: stragglers.get(offset), now: at };
      standings.set(id, orderStatusOf(purchase, of));
    }
  }
  return found.map(({ purchase, standings }) => ({ purchase, standings: Object.fromEntries(standings) }));
}

/** The last seven days that are over, in UTC: what the alert judges. */
export function lastWeek(now: UnixMs): DayRange {
  return { since: utcDay(now - 7 * dayMs), until: utcDay(now - dayMs) };
}

/** The days that are asked for; the last seven and today, where none were. */
export function daysOf(since: string | undefined, until: string | undefined, now: UnixMs): DayRange {
  const last = until ?? utcDay(now);
  return { since: since ?? utcDay(Date.parse(last) - 7 * dayMs), until: last };
}
