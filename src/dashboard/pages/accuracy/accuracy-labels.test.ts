import { describe, expect, it } from 'vitest';
import { formatOrderSummary, getAccuracyNotes, getRefundNotes } from './accuracy-labels.ts';

describe('accuracy labels', () => {
  it('summarize orders by result and omit empty results', () => {
    expect(formatOrderSummary({ orders: 1_128, accepted: 1_121, explained: 5, missing: 2 })).toBe(
      '1,128 orders: 1,121 accepted, 5 explained, 2 missing',
    );
    expect(formatOrderSummary({ orders: 1, accepted: 1, explained: 0, missing: 0 })).toBe('1 order: 1 accepted, none missing');
  });

  it('note the orders that are not counted', () => {
    expect(getAccuracyNotes({ notCounted: { 'test-order': 1 }, noted: 0 }, 2)).toEqual([
      'Not counted: 1 test order.',
      'Not counted: 2 purchases that only browsers reported, not the shop.',
    ]);
    expect(getAccuracyNotes({ notCounted: {}, noted: 0 }, 0)).toEqual([]);
  });

  it('note what was paid back, and what is left, for each currency with refunds', () => {
    const sums = { accepted: 0, explained: 0, missing: 0 };
    const amounts = [
      { currency: 'EUR', amount: 30, refunded: 10, net: 20, ...sums },
      { currency: 'CHF', amount: 5, refunded: 0, net: 5, ...sums },
      { currency: 'USD', amount: 5, ...sums },
    ];
    expect(getRefundNotes({ amounts })).toEqual([
      'Refunded by now: EUR\u00a010.00 of EUR\u00a030.00, which leaves EUR\u00a020.00 net. A refund counts on the day of its order.',
    ]);
  });
});
