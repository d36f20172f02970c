import { describe, expect, it } from 'vitest';
import { dayMs } from '../../event/units.ts';
import { sha256 } from '../../identity/hashing.ts';
import type { DeliveredOrder, OrderRefund } from './order-ledger.ts';
import { consumer, createState, report, type StoreBench, start } from './store.fixture.ts';

export function orderLedgerContract(bench: StoreBench): void {
  const { commit, identify, restart } = bench;

  describe('the order ledger', () => {
    const hash = sha256;
    const order = (orderId: string, more: Partial<DeliveredOrder> = {}): DeliveredOrder => ({
      orderId,
      offset: orderId,
      isTrusted: true,
      purchase: {
        ...{ eventId: `purchase-${orderId}`, eventName: 'Purchase', time: start, total: 125_400, told: 125_400, currency: 'EUR' },
        forms: { emailPlain: hash('a'), emailMicrosoft: hash('g'), phoneE164: hash('b') },
        ...{ externalId: hash('c'), anonymousId: 'visitor-1', clickIds: { msclkid: { value: 'click', at: start } } },
      },
      ...more,
    });
    const refund = (refundId: string, thousandths?: number, more: Partial<OrderRefund> = {}): OrderRefund => ({
      ...{ orderId: '1001', refundId, at: start, currency: thousandths === undefined ? '' : 'EUR' },
      ...(thousandths !== undefined && { thousandths }),
      ...more,
    });
    const refunded = (offset: string, one: OrderRefund) =>
      report(offset, 'webhook', { name: 'Refund', id: one.refundId, refund: one });
    const list = (orderId = '1001') => bench.store.listDeliveredOrders('shop', [orderId]);
    const owned = async (owner: Partial<Parameters<typeof bench.store.findOwnedOrders>[1]>) =>
      (await bench.store.findOwnedOrders('shop', { hashes: [], visitors: [], orderIds: [], ...owner })).map(
        ({ orderId }) => orderId,
      );

    it('a delivered order is kept by the commit that settles it, as it is, and once', async () => {
      await commit({ deliveredOrders: [order('1001'), order('1002')] });
      await commit({ deliveredOrders: [order('1001')] });
      await restart();
      expect(await list()).toEqual([{ ...order('1001'), consumer }]);
      expect(await bench.store.listDeliveredOrders('other', ['1001'])).toEqual([]);
    });

    it("a browser's report never replaces the shop's order, and the shop's replaces a browser's", async () => {
      const forged = order('1001', { offset: '7', isTrusted: false });
      await commit({ deliveredOrders: [forged] });
      expect(await list()).toMatchObject([{ offset: '7' }]);
      await commit({ deliveredOrders: [order('1001')] });
      await commit({ deliveredOrders: [forged] });
      expect(await list()).toEqual([{ ...order('1001'), consumer }]);
    });

    it('a platform changes the value of the order that it was told, and of no other', async () => {
      const odd = { ...order('1001').purchase, eventId: 'a\u0000,"left":7}' };
      await commit({ deliveredOrders: [order('1001', { purchase: odd }), order('1002')] });
      await commit({ restatedOrders: [{ orderId: '1001', offset: '1001', left: 100_000 }] });
      const lost = [
        { orderId: '1001', offset: '7', left: 1 },
        { orderId: '1009', offset: '1009', left: 1 },
      ];
      await commit({ restatedOrders: [...lost, { orderId: '1001', offset: '1001', left: 80_000 }] });
      await restart();
      expect(await list()).toEqual([{ ...order('1001', { purchase: { ...odd, left: 80_000 } }), consumer }]);
      expect(await list('1002')).toEqual([{ ...order('1002'), consumer }]);
      expect(await list('1009')).toEqual([]);
    });

    it("an order keeps the shopper's choices, and has none if an earlier version stored it", async () => {
      const uses = { adPersonalization: 'denied' } as const;
      await commit({ deliveredOrders: [order('1001', { purchase: { ...order('1001').purchase, uses } }), order('1002')] });
      expect((await list())[0]?.purchase.uses).toEqual(uses);
      expect((await list('1002'))[0]?.purchase).not.toHaveProperty('uses');
    });

    it('an order of a commit that lost its lease is not kept', async () => {
      const stale = bench.lease;
      await bench.acquire(consumer);
      const change = { state: createState('1'), deliveredOrders: [order('1001')] };
      await expect(bench.store.commitDelivery(stale, change)).rejects.toThrow();
      expect(await list()).toEqual([]);
    });

    it('a refund counts once, however often it is reported, and with its first amount', async () => {
      const page = { cursor: '2', reports: [refunded('1', refund('r-1', 25_400)), refunded('2', refund('cancelled-1001'))] };
      await identify(page);
      await identify(page);
      await restart();
      const late = refund('r-1', 99_000, { at: start + 9 * dayMs });
      await identify({ cursor: '3', reports: [refunded('3', late)], now: late.at });
      expect(await bench.store.listRefunds('shop', ['1001'])).toEqual([refund('cancelled-1001'), refund('r-1', 25_400)]);
      expect(await bench.store.listRefunds('shop', ['1002'])).toEqual([]);
      expect(await bench.store.listRefunds('other', ['1001'])).toEqual([]);
    });

    it('the orders and refunds of several orders are read together', async () => {
      await commit({ deliveredOrders: ['1001', '1002', '1003'].map((id) => order(id)) });
      const other = refund('r-2', 5_000, { orderId: '1003', at: start - 1 });
      await identify({ cursor: '2', reports: [refunded('1', refund('r-1', 25_400)), refunded('2', other)] });
      const orders = await bench.store.listDeliveredOrders('shop', ['1003', '1001', '7']);
      expect(orders.map(({ orderId }) => orderId)).toEqual(['1001', '1003']);
      expect(await bench.store.listRefunds('shop', ['1001', '1003'])).toEqual([other, refund('r-1', 25_400)]);
      expect(await bench.store.listRefunds('shop', [])).toEqual([]);
    });

    it('the orders of a person are found by each of their values', async () => {
      const other = {
        ...order('1002').purchase,
        forms: { emailGiven: hash('d') },
        externalId: hash('e'),
        anonymousId: 'visitor-2',
      };
      await commit({ deliveredOrders: [order('1001'), order('1002', { purchase: other })] });
      for (const digit of ['a', 'b', 'c', 'g']) expect(await owned({ hashes: [hash('f'), hash(digit)] })).toEqual(['1001']);
      expect(await owned({ hashes: [hash('d')] })).toEqual(['1002']);
      expect(await owned({ visitors: ['visitor-1', 'visitor-2'] })).toEqual(['1001', '1002']);
      expect(await owned({ orderIds: ['1002'] })).toEqual(['1002']);
      expect(await owned({ hashes: ['visitor-1'], visitors: ['1001'] })).toEqual([]);
    });

    it('an erasure removes orders by their ids and by their reports, with their refunds', async () => {
      await commit({ deliveredOrders: ['1001', '1002', '1003'].map((id) => order(id)) });
      await identify({ cursor: '1', reports: [refunded('1', refund('r-1', 5_000))] });
      const erasure = { site: 'shop', offsets: ['1002', '1003'], reportsAlone: new Set(['1003']), visitors: [], now: start };
      await bench.store.beginErasure({ ...erasure, orderIds: ['1001'] });
      await restart();
      expect(await owned({ orderIds: ['1001', '1002', '1003'] })).toEqual(['1003']);
      expect(await bench.store.listRefunds('shop', ['1001'])).toEqual([]);
    });

    it('retention removes old orders and refunds, and a removed connection has none', async () => {
      const old = { ...order('1001').purchase, time: start - 1 };
      await commit({ deliveredOrders: [order('1001', { purchase: old }), order('1002')] });
      const reports = [refunded('1', refund('r-1', 1, { at: start - 1 })), refunded('2', refund('r-2', 1))];
      await identify({ cursor: '2', reports });
      const what = { through: '', profilesBefore: 0, deadLettersBefore: 0, countsBefore: 0 };
      for (const more of [{}, { ordersBefore: start }])
        for (let some = 1; some > 0; ) some = await bench.store.removeExpired('shop', { ...what, ...more }, 1);
      expect(await owned({ orderIds: ['1001', '1002'] })).toEqual(['1002']);
      expect((await bench.store.listRefunds('shop', ['1001'])).map(({ refundId }) => refundId)).toEqual(['r-2']);
      await bench.store.retireConnection('shop', 'bing', start);
      expect(await list('1002')).toEqual([]);
    });
  });
}
