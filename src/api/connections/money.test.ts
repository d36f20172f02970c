import { expect, it } from 'vitest';
import type { MoneyCounts } from '../../storage/ports/money.ts';
import { getMoney, sumOrders } from './money.ts';

const dayMs = 86_400_000;
const sum = (interval: number, orders: number, amount: number, currency = 'EUR') => ({ interval, currency, orders, amount });

it('orders are added up by currency, exactly, and those without a value are counted apart', () => {
  const sums = [sum(0, 1, 0.1), sum(1, 1, 0.2), sum(0, 2, 5, 'CHF'), sum(0, 3, 0, '')];
  expect(sumOrders(sums)).toEqual({
    orders: 7,
    withoutValue: 3,
    amounts: [
      { currency: 'CHF', amount: 5, orders: 2 },
      { currency: 'EUR', amount: 0.3, orders: 2 },
    ],
  });
});

it('money has one item per day, also over days of other lengths, and leaves out what has no orders', async () => {
  const counts: MoneyCounts = {
    reported: [{ ...sum(1, 2, 30), source: 'shop' }],
    refunded: [sum(1, 2, 12.5), sum(1, 1, 5, 'CHF'), sum(1, 1, 0, '')],
    connections: new Map([
      [
        'shop/bing',
        {
          settled: [
            { ...sum(1, 1, 10), outcome: 'delivered' },
            { ...sum(1, 1, 20), outcome: 'bot' },
          ],
          waiting: [],
        },
      ],
    ]),
  };
  const empty: MoneyCounts = { reported: [], refunded: [], connections: new Map() };
  const site = {
    id: 'shop',
    timeZone: 'Europe/Berlin',
    connections: [{ id: 'bing', destination: 'microsoft', enabled: true, settings: {} }],
  };
  const view = await getMoney(
    site,
    {
      getMoneyCounts: async (_site, _consumers, since) => (since === dayMs ? counts : empty),
      getCountedSince: async () => ({ events: 0, money: 0, refunds: 2, first: 0 }),
    },
    [
      { since: 0, until: dayMs, stepMs: dayMs },
      { since: dayMs, until: 3 * dayMs + 7_200_000, stepMs: dayMs + 3_600_000 },
    ],
    91 * dayMs,
  );
  expect(view).toMatchObject({
    refunded: {
      orders: 4,
      withoutValue: 1,
      amounts: [
        { currency: 'CHF', amount: 5 },
        { currency: 'EUR', amount: 12.5 },
      ],
    },
    net: [
      { currency: 'CHF', amount: -5 },
      { currency: 'EUR', amount: 17.5 },
    ],
    // Refunds are kept for 90 days.
    refundsSince: dayMs,
  });
  expect(view.buckets.map(({ refunded }) => refunded?.orders)).toEqual([undefined, undefined, 4]);
  expect(view).toMatchObject({ since: 0, until: 3 * dayMs + 7_200_000, isComplete: true, reported: { orders: 2 } });
  expect(view.connections).toMatchObject([
    {
      connection: 'bing',
      accepted: { orders: 1 },
      delivered: { orders: 1 },
      skippedBy: [{ reason: 'bot', orders: { orders: 1 } }],
    },
  ]);
  expect(view.buckets.map(({ since, reported, connections }) => [since, reported?.orders, connections.length])).toEqual([
    [0, undefined, 0],
    [dayMs, undefined, 0],
    [2 * dayMs + 3_600_000, 2, 1],
  ]);
  expect(view.buckets[2]?.connections).toMatchObject([{ skipped: { orders: 1 } }]);
  expect(view.buckets[2]?.connections[0]).not.toHaveProperty('waiting');
});
