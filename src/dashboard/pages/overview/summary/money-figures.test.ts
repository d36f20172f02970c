import { expect, it } from 'vitest';
import type { OrderSumsView, TotalsView } from '../../../../api/client.ts';
import { getAccepted, listCurrencies, splitOrders, summarizeMoney } from './money-figures.ts';

const sums = (...amounts: OrderSumsView['amounts']): OrderSumsView => ({
  orders: amounts.reduce((sum, { orders }) => sum + orders, 0),
  ...{ withoutValue: 0, amounts },
});
const euros = (amount: number, orders = 1) => ({ currency: 'EUR', amount, orders });
const dollars = (amount: number, orders = 1) => ({ currency: 'USD', amount, orders });
const none = sums();
const money = (more: Partial<TotalsView['connections'][number]['money']>) => ({
  ...{ accepted: none, delivered: none, waiting: none, failed: none, skipped: none, skippedBy: [] },
  ...more,
});
const totals = (connections: readonly { readonly connection: string; readonly money: ReturnType<typeof money> }[]) => ({
  reported: sums(euros(100, 3), dollars(40)),
  browsersAlone: sums(euros(10)),
  ...{ refunded: sums(euros(25, 2)), net: [{ currency: 'EUR', amount: 85 }], refundsSince: 7 },
  moneySince: 5,
  connections: connections.map((one) => ({ ...counts, ...one })),
});
const counts = { outcomes: {}, undelivered: 0, unmerged: 0, earlier: 0, lost: 0 };

it('revenue keeps currencies apart, each with its own amount of the period before', () => {
  const all = totals([
    { connection: 'tiktok', money: money({ delivered: sums(euros(100, 3), dollars(40)) }) },
    { connection: 'bing', money: money({ delivered: sums(dollars(40)) }) },
  ]);
  const before = { ...totals([]), reported: sums(euros(80)) };
  expect(summarizeMoney(all, before)).toEqual({
    reported: {
      ...{ orders: 5, withoutValue: 0 },
      amounts: [
        { currency: 'EUR', amount: 110, before: 90 },
        { currency: 'USD', amount: 40, before: 0 },
      ],
    },
    browsersAlone: { ...{ orders: 1, withoutValue: 0 }, amounts: [{ currency: 'EUR', amount: 10, before: 10 }] },
    delivered: { connection: 'bing', orders: 1, withoutValue: 0, amounts: [{ currency: 'USD', amount: 40 }] },
    moneySince: 5,
    refunds: { count: 2, amounts: [{ currency: 'EUR', refunded: 25, net: 85 }], since: 7 },
  });
  expect(summarizeMoney(totals([]), undefined)).not.toHaveProperty('delivered');
  expect(summarizeMoney(undefined, undefined)).toBeUndefined();
});

it('the results of orders sum to all orders of the site, by number and in each currency', () => {
  const bing = {
    money: money({
      accepted: sums(euros(50)),
      delivered: sums(euros(50), dollars(40)),
      skipped: sums(euros(20)),
      skippedBy: [{ reason: 'consent-denied', orders: sums(euros(20)) }],
      waiting: sums(euros(30)),
    }),
  };
  expect([getAccepted(bing), getAccepted(bing, 'EUR'), getAccepted(bing, 'USD'), getAccepted(undefined)]).toEqual([1, 50, 0, 0]);
  const read = (currency?: string) => splitOrders(totals([]), bing, currency).map(({ result, value }) => [result, value]);
  expect(read()).toEqual([
    ...[
      ['accepted', 1],
      ['unconfirmed', 1],
      ['skipped', 1],
      ['waiting', 1],
      ['missing', 1],
    ],
  ]);
  expect(read('EUR')).toEqual([
    ['accepted', 50],
    ['skipped', 20],
    ['waiting', 30],
    ['missing', 10],
  ]);
  expect(read('USD')).toEqual([['unconfirmed', 40]]);
  expect(splitOrders(totals([]), bing)[2]).toMatchObject({ outcomes: ['consent-denied'] });
  expect(listCurrencies(totals([]))).toEqual(['EUR', 'USD']);
});
