import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AccuracyCalculator,
  describeGap,
  mentionProblem,
  type OrderAtConnection,
  type OrderStatus,
  orderGaps,
  orderStatuses,
} from './order-accuracy.ts';
import { dayMs, hourMs } from './units.ts';

const monday = Date.parse('2026-11-23');
const order = (status: OrderStatus, hours = 0, receivedAt = monday): OrderAtConnection => ({
  at: monday + hours * hourMs,
  status: status,
  receivedAt,
});

function countOrders(...orders: readonly OrderAtConnection[]) {
  const tally = new AccuracyCalculator('UTC');
  for (const one of orders) tally.add(one);
  return tally.accuracy(['2026-11-23', '2026-11-24']);
}

describe('AccuracyCalculator', () => {
  it('counts each order once, by its day', () => {
    const mixed = countOrders(
      order('accepted'),
      order('noted', 23.99),
      order('accepted', 24),
      order('consent-denied', 1),
      order('rejected', 25),
      order('rejected', 26),
      order('test-order', 2),
      order('waiting', 30, monday + 5),
      order('waiting', 31, monday + 3),
      order('accepted', 48),
    );
    expect(mixed).toMatchObject({ orders: 8, accepted: 3, noted: 1, explained: 3, missing: 2, notCounted: { 'test-order': 1 } });
    expect(mixed.share).toBeCloseTo(6 / 8);
    expect(mixed.days).toMatchObject([
      { day: '2026-11-23', orders: 3, accepted: 2, explained: 1, missing: 0, share: 1, gaps: { 'consent-denied': 1 } },
      { day: '2026-11-24', orders: 5, accepted: 1, explained: 2, missing: 2, gaps: { rejected: 2, waiting: 2 } },
    ]);
    expect(mixed.gaps.map(({ gap, orders, since }) => [gap, orders, since])).toEqual([
      ['rejected', 2, undefined],
      ['waiting', 2, monday + 3],
      ['consent-denied', 1, undefined],
    ]);
  });

  it.each([
    ['UTC', [2, 1]],
    ['Europe/Berlin', [1, 2]],
    ['America/New_York', [3, 0]],
  ])('counts each order on its day in %s', (timeZone, expected) => {
    const tally = new AccuracyCalculator(timeZone);
    for (const hours of [22.5, 23.5, 28.5]) tally.add(order('accepted', hours));
    const { days } = tally.accuracy(['2026-11-23', '2026-11-24']);
    expect(days.map(({ orders }) => orders)).toEqual(expected);
  });

  it('names the rules that skipped orders, the most frequent first', () => {
    const skipped = (rule: string, hours: number) => ({ ...order('rule', hours), rule });
    const { gaps, explained } = countOrders(skipped('test', 1), skipped('wholesale', 2), skipped('wholesale', 25));
    expect(explained).toBe(3);
    expect(gaps).toMatchObject([
      { gap: 'rule', orders: 3, says: expect.stringMatching(/Orders by rule: wholesale 2, test 1\.$/) },
    ]);
  });

  it('asks for no action only about gaps of a connection without a problem', () => {
    const { gaps } = countOrders(...orderGaps.map((gap) => order(gap)));
    expect(mentionProblem(gaps, undefined)).toEqual(gaps);
    const problem = 'The connection is unhealthy. The platform refuses the token.';
    const mentioned = mentionProblem(gaps, problem);
    for (const gap of ['waiting', 'awaiting-verdict'])
      expect(mentioned.find((one) => one.gap === gap)).toMatchObject({ remedy: problem, isExplained: true });
    // These are final: nobody has to do anything, in any health of the connection.
    const needless = mentioned.filter(({ remedy }) => remedy === 'No action needed.').map(({ gap }) => gap);
    expect(needless.toSorted()).toEqual(['browser-tag-sent-it', 'erased', 'refunded']);
  });

  it('returns no share without orders, and lists the days', () => {
    expect(countOrders(order('offline-order'))).toEqual({
      orders: 0,
      accepted: 0,
      explained: 0,
      missing: 0,
      amounts: [],
      noted: 0,
      notCounted: { 'offline-order': 1 },
      gaps: [],
      days: ['2026-11-23', '2026-11-24'].map((day) => ({
        day,
        ...{ orders: 0, accepted: 0, explained: 0, missing: 0 },
        amounts: [],
        gaps: {},
      })),
    });
  });

  it('adds up amounts exactly, by result and gap, each currency apart, and without orders that are not counted', () => {
    const worth = (amount: number, currency: string, status: OrderStatus, hours = 0) => ({
      ...order(status, hours),
      money: { amount, currency },
    });
    const { amounts, gaps, days } = countOrders(
      worth(0.1, 'EUR', 'accepted'),
      worth(0.2, 'EUR', 'noted'),
      worth(5, 'EUR', 'rejected', 25),
      worth(7, 'CHF', 'bot'),
      worth(9, 'EUR', 'test-order'),
      order('rejected'),
    );
    expect(amounts).toEqual([
      { currency: 'CHF', amount: 7, accepted: 0, explained: 0, missing: 7 },
      { currency: 'EUR', amount: 5.3, accepted: 0.3, explained: 0, missing: 5 },
    ]);
    expect(gaps.map(({ gap, amounts: of }) => [gap, of])).toEqual([
      ['rejected', [{ currency: 'EUR', amount: 5 }]],
      ['bot', [{ currency: 'CHF', amount: 7 }]],
    ]);
    expect(days[1]?.amounts).toEqual([{ currency: 'EUR', amount: 5, accepted: 0, explained: 0, missing: 5 }]);
  });

  it('takes refunds from the counted orders of a day, each currency apart, and none if they are not known', () => {
    const worth = (amount: number, status: OrderStatus, refunded?: number, hours = 0) => ({
      ...order(status, hours),
      money: { amount, currency: 'EUR' },
      ...(refunded !== undefined && { refunded }),
    });
    const { amounts, days } = countOrders(worth(10, 'accepted', 2.5), worth(5, 'rejected', 5, 25), worth(9, 'test-order', 9), {
      ...order('accepted'),
      money: { amount: 7, currency: 'CHF' },
    });
    expect(amounts).toEqual([
      { currency: 'CHF', amount: 7, accepted: 7, explained: 0, missing: 0 },
      { currency: 'EUR', amount: 15, refunded: 7.5, net: 7.5, accepted: 10, explained: 0, missing: 5 },
    ]);
    expect(days[1]?.amounts).toMatchObject([{ amount: 5, refunded: 5, net: 0 }]);
  });

  it('adds up for any mix of statuses', () => {
    const one = fc.record({
      status: fc.constantFrom(...orderStatuses),
      at: fc.integer({ min: monday, max: monday + 2 * dayMs - 1 }),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 60 }), (orders) => {
        const { orders: all, accepted, explained, missing, notCounted, gaps, days } = countOrders(...orders);
        expect(all).toBe(accepted + explained + missing);
        expect(all + Object.values(notCounted).reduce((sum, count) => sum + count, 0)).toBe(orders.length);
        expect(gaps.reduce((sum, gap) => sum + gap.orders, 0)).toBe(explained + missing);
        expect(days.reduce((sum, day) => sum + day.orders, 0)).toBe(all);
      }),
    );
  });
});

it('every gap has a one-sentence reason and a remedy', () => {
  for (const gap of orderGaps) {
    const { says, remedy } = describeGap(gap);
    expect(says, gap).toMatch(/^[A-Z][^.]*(\.|: .*\.|; .*\.)$/);
    expect(remedy, gap).toMatch(/^[A-Z].*\.$/);
  }
});
