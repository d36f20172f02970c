import type { Site } from '../../event/site.ts';
import { isSkipReason, skipReasonNames } from '../../event/skip-reasons.ts';
import { getDayStart, subtractDays } from '../../event/time-zone.ts';
import type { UnixMs } from '../../event/units.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import type { MoneyCounts, MoneySum } from '../../storage/ports/money.ts';
import { isSentOutcome } from '../../storage/ports/outcomes.ts';
import type { Store } from '../../storage/ports/store.ts';
import { describeWhole, getRefundsSince, type Intervals, listStarts, splitByDays } from './count-period.ts';
import type { ConnectionMoneyView, MoneyView, OrderDaysView, OrderSumsView } from './money-schemas.ts';

type MoneySources = Pick<Store, 'getMoneyCounts' | 'getCountedSince'>;
type SiteConnections = Pick<Site, 'id' | 'connections'>;
type OfInterval = MoneySum & { readonly interval: number };

/** Adds up orders by currency. */
export function sumOrders(sums: readonly MoneySum[]): OrderSumsView {
  const amounts = new Map<string, { orders: number; thousandths: number }>();
  let [orders, withoutValue] = [0, 0];
  for (const { currency, orders: some, amount } of sums) {
    orders += some;
    if (currency === '') {
      withoutValue += some;
      continue;
    }
    const sum = amounts.get(currency) ?? { orders: 0, thousandths: 0 };
    amounts.set(currency, { orders: sum.orders + some, thousandths: sum.thousandths + Math.round(amount * 1_000) });
  }
  return {
    orders,
    withoutValue,
    amounts: [...amounts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([currency, sum]) => ({ currency, amount: sum.thousandths / 1_000, orders: sum.orders })),
  };
}

/** Returns the orders of a connection by what became of them. */
function sumConnection(counts: MoneyCounts, consumer: string): ConnectionMoneyView {
  const { settled = [], waiting = [] } = counts.connections.get(consumer) ?? {};
  const sum = (isCounted: (outcome: string) => boolean) => sumOrders(settled.filter(({ outcome }) => isCounted(outcome)));
  return {
    accepted: sum((outcome) => outcome === 'delivered'),
    delivered: sum(isSentOutcome),
    waiting: sumOrders(waiting),
    failed: sum((outcome) => outcome === 'dead'),
    skipped: sum(isSkipReason),
    skippedBy: skipReasonNames.flatMap((reason) => {
      const orders = sum((outcome) => outcome === reason);
      return orders.orders === 0 ? [] : [{ reason, orders }];
    }),
  };
}

/** Returns the orders of one period, and what became of them at each connection. */
export async function readOrders({ id: site, connections }: SiteConnections, store: MoneySources, since: UnixMs, until: UnixMs) {
  const consumers = connections.map(({ id }) => formatConsumerId(site, id));
  const counts = await store.getMoneyCounts(site, consumers, since, until, until - since);
  return {
    ...sumReported(counts.reported),
    ...sumRefunded(counts),
    ofConnection: (id: string) => sumConnection(counts, formatConsumerId(site, id)),
  };
}

function sumReported(reported: MoneyCounts['reported']) {
  return {
    reported: sumOrders(reported.filter(({ source }) => source === 'shop')),
    browsersAlone: sumOrders(reported.filter(({ source }) => source === 'browser')),
  };
}

/** Returns the refunds of a period, and what is left of its orders. A period of many refunds may have less than nothing left. */
function sumRefunded({ reported, refunded }: Pick<MoneyCounts, 'reported' | 'refunded'>) {
  const back = sumOrders(refunded);
  const thousandths = new Map(sumOrders(reported).amounts.map(({ currency, amount }) => [currency, Math.round(amount * 1_000)]));
  for (const { currency, amount } of back.amounts)
    thousandths.set(currency, (thousandths.get(currency) ?? 0) - Math.round(amount * 1_000));
  const net = [...thousandths].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { refunded: back, net: net.map(([currency, amount]) => ({ currency, amount: amount / 1_000 })) };
}

/** Counts the orders of a site's days up to the present one. */
export async function countOrdersByDay(
  site: Pick<Site, 'id' | 'timeZone'>,
  store: MoneySources,
  days: number,
  now: UnixMs,
): Promise<OrderDaysView> {
  const { id, timeZone } = site;
  const since = getDayStart(subtractDays(now, days - 1, timeZone), timeZone);
  const { buckets, isComplete } = await getMoney(
    { id, timeZone, connections: [] },
    store,
    splitByDays(since, now, site, now),
    now,
  );
  const orders = buckets.map(({ reported, browsersAlone }) => (reported?.orders ?? 0) + (browsersAlone?.orders ?? 0));
  return { site: id, timeZone, since, isComplete, orders };
}

/** Reads a site's orders by day or hour. */
export async function getMoney(
  site: Pick<Site, 'id' | 'connections' | 'timeZone'>,
  store: MoneySources,
  intervals: readonly Intervals[],
  now: UnixMs,
): Promise<MoneyView> {
  const consumers = site.connections.map(({ id }) => formatConsumerId(site.id, id));
  const parts: MoneyCounts[] = [];
  let offset = 0;
  for (const { since, until, stepMs } of intervals) {
    parts.push(moveIntervals(await store.getMoneyCounts(site.id, consumers, since, until, stepMs), offset));
    offset += Math.ceil((until - since) / stepMs);
  }
  const all = joinCounts(parts, consumers);
  const starts = listStarts(intervals);
  const [since = 0, until = 0] = [starts[0], intervals.at(-1)?.until];
  const counted = await store.getCountedSince(site.id);
  return {
    site: site.id,
    timeZone: site.timeZone,
    since,
    until,
    ...describeWhole(counted, since),
    ...sumReported(all.reported),
    ...sumRefunded(all),
    refundsSince: getRefundsSince(counted, now),
    connections: site.connections.map(({ id }) => ({
      connection: id,
      ...sumConnection(all, formatConsumerId(site.id, id)),
    })),
    buckets: splitByInterval(all, starts.length).map((counts, index) => {
      const sums = { ...sumReported(counts.reported), refunded: sumOrders(counts.refunded) };
      return {
        since: starts[index] ?? 0,
        until: starts[index + 1] ?? until,
        ...omitEmpty(sums),
        connections: site.connections.flatMap(({ id }) => {
          const { skippedBy: _, ...sums } = sumConnection(counts, formatConsumerId(site.id, id));
          const some = omitEmpty(sums);
          return Object.keys(some).length === 0 ? [] : [{ connection: id, ...some }];
        }),
      };
    }),
  };
}

function omitEmpty<Name extends string>(sums: Readonly<Record<Name, OrderSumsView>>): Partial<Record<Name, OrderSumsView>> {
  const some: Partial<Record<Name, OrderSumsView>> = {};
  for (const name in sums) if (sums[name].orders > 0) some[name] = sums[name];
  return some;
}

function moveIntervals(counts: MoneyCounts, offset: number): MoneyCounts {
  const move = <Row extends OfInterval>(rows: readonly Row[]) => rows.map((row) => ({ ...row, interval: row.interval + offset }));
  return {
    reported: move(counts.reported),
    refunded: move(counts.refunded),
    connections: new Map(
      [...counts.connections].map(([consumer, { settled, waiting }]) => [
        consumer,
        { settled: move(settled), waiting: move(waiting) },
      ]),
    ),
  };
}

function joinCounts(parts: readonly MoneyCounts[], consumers: readonly string[]): MoneyCounts {
  return {
    reported: parts.flatMap(({ reported }) => reported),
    refunded: parts.flatMap(({ refunded }) => refunded),
    connections: new Map(
      consumers.map((consumer) => {
        const ofConsumer = parts.map(({ connections }) => connections.get(consumer) ?? { settled: [], waiting: [] });
        return [
          consumer,
          {
            settled: ofConsumer.flatMap(({ settled }) => settled),
            waiting: ofConsumer.flatMap(({ waiting }) => waiting),
          },
        ];
      }),
    ),
  };
}

/** Splits counts by their interval, in one pass. */
function splitByInterval(counts: MoneyCounts, length: number): readonly MoneyCounts[] {
  const group = <Row extends OfInterval>(rows: readonly Row[]) => Map.groupBy(rows, ({ interval }) => interval);
  const [reported, refunded] = [group(counts.reported), group(counts.refunded)];
  const connections = [...counts.connections].map(
    ([consumer, { settled, waiting }]) => [consumer, group(settled), group(waiting)] as const,
  );
  return Array.from({ length }, (_, index) => ({
    reported: reported.get(index) ?? [],
    refunded: refunded.get(index) ?? [],
    connections: new Map(
      connections.map(([consumer, settled, waiting]) => [
        consumer,
        { settled: settled.get(index) ?? [], waiting: waiting.get(index) ?? [] },
      ]),
    ),
  }));
}
