import { describe, expect, it } from 'vitest';
import type { OrderView } from '../api/client.ts';
import { matchOrdersToPurchases } from './match-orders.ts';
import type { FileOrder } from './order-file.ts';

const at = Date.parse('2026-11-24T10:00:00Z');
const minuteMs = 60_000;
const purchase = (eventId: string, more: Partial<OrderView> = {}): OrderView => ({
  eventId,
  time: at,
  receivedAt: at,
  reporters: ['webhook'],
  standings: {},
  ...more,
});
const order = (orderId: string, minutes = 0): FileOrder => ({ orderId, at: at + minutes * minuteMs });
const found = (orders: readonly FileOrder[], purchases: readonly OrderView[]) => {
  const matched = matchOrdersToPurchases(orders, purchases);
  return {
    pairs: matched.orders.map((one) => [one.order.orderId, one.purchase?.eventId]),
    others: matched.others.map(({ eventId }) => eventId),
  };
};

describe('the purchase of an order', () => {
  it('is found by the order id, at any time and with any event id', () => {
    const purchases = [
      purchase('purchase-token', { orderId: '#1001', time: at - 999 * minuteMs }),
      purchase('e-2', { orderId: '1002' }),
    ];
    expect(found([order('1001'), order('1003')], purchases)).toEqual({
      pairs: [
        ['1001', 'purchase-token'],
        ['1003', undefined],
      ],
      others: ['e-2'],
    });
  });

  it('is found by the event id when denied consent removed the order id', () => {
    for (const id of ['purchase-1001', 'purchase-1001-0123456789abcdef'])
      expect(found([order('1001', 600)], [purchase(id)]).pairs).toEqual([['1001', id]]);
    expect(found([order('1001', 600)], [purchase('purchase-1001-0123')]).pairs).toEqual([['1001', undefined]]);
  });

  it('is found by time when neither id is known, each once and the earliest first', () => {
    const purchases = [purchase('late', { time: at + 4 * minuteMs }), purchase('early', { time: at - 4 * minuteMs })];
    expect(found([order('3', 8), order('1', -1), order('4', 8), order('2', 11)], purchases)).toEqual({
      pairs: [
        ['3', 'late'],
        ['1', 'early'],
        ['4', undefined],
        ['2', undefined],
      ],
      others: [],
    });
    expect(found([order('1', 6)], [purchase('denied')])).toEqual({ pairs: [['1', undefined]], others: ['denied'] });
  });

  it('is never matched with a second order, however close in time', () => {
    expect(found([order('1')], [purchase('e', { orderId: '2' })]).pairs).toEqual([['1', undefined]]);
  });
});
