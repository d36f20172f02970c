import { describe, expect, it } from 'vitest';
import { hourMs } from '../../event/units.ts';
import { formatConsumerId } from './consumer-id.ts';
import { countBucketMs } from './event-counts.ts';
import { toReportedOrder } from './money.ts';
import type { EventOutcome } from './outcomes.ts';
import type { ReceivedReport } from './reports.ts';
import { consumer, createState, deadLetter, indexEntry, report, type StoreBench, start } from './store.fixture.ts';

export function moneyContract(bench: StoreBench): void {
  const { acquire, commit, identify, restart } = bench;

  describe('money', () => {
    const order = (
      offset: string,
      value: number | undefined,
      more: Partial<ReceivedReport> & { readonly currency?: string; readonly isTest?: boolean } = {},
    ): ReceivedReport => {
      const { currency = 'EUR', isTest = false, reporter = 'server', ...rest } = more;
      const stated = toReportedOrder(value, value === undefined ? undefined : currency, isTest);
      return report(offset, reporter, { id: `ord-${offset}`, order: stated, ...rest });
    };
    const settle = (offset: string, outcome: EventOutcome, cursor = offset) =>
      commit({ state: createState(cursor), purchases: [{ offset, outcome }] });
    const read = async (intervalMs = hourMs) => {
      const counts = await bench.store.getMoneyCounts('shop', [consumer], start, start + hourMs, intervalMs);
      return { reported: counts.reported, ...counts.connections.get(consumer) };
    };
    const sum = (orders: number, amount: number, currency = 'EUR') => ({ interval: 0, currency, orders, amount });
    const toSum = (orders: number, amount: number, currency = 'EUR') => ({ currency, orders, amount });

    it('refunds count at their own time, a whole one what was left of its order, and once', async () => {
      const refund = (offset: string, orderId: string, thousandths?: number, { currency = 'EUR', at = start } = {}) => {
        const whole = { orderId, refundId: `r-${offset}`, at, currency: '' };
        const part = { ...whole, ...(thousandths !== undefined && { thousandths, currency }) };
        return report(offset, 'server', { name: 'Refund', id: part.refundId, refund: part });
      };
      const purchase = { eventId: 'ord-9', eventName: 'Purchase', time: start, forms: {}, clickIds: {} };
      const delivered = { orderId: '1002', offset: '9', isTrusted: true };
      await commit({ deliveredOrders: [{ ...delivered, purchase: { ...purchase, total: 50_000, currency: 'CHF' } }] });
      await identify({
        cursor: '8',
        index: [indexEntry('1', { name: 'Purchase', id: 'ord-1', orderId: '1001' })],
        reports: [
          order('1', 100),
          refund('2', '1001', 30_000),
          refund('3', '1001', undefined, { at: start + 1 }),
          refund('4', '1002'),
          refund('5', '1002', undefined, { at: start + 2 }),
          refund('6', '1003'),
          refund('7', '1003', 5_000, { currency: 'USD' }),
          refund('8', '1001', 1_000, { at: start + hourMs }),
        ],
      });
      await restart();
      const count = async (from: number, until: number, consumers = [consumer], site = 'shop') =>
        (await bench.store.getMoneyCounts(site, consumers, from, until, until - from)).refunded;
      // The later refund of 1 counts in its own hour, so the whole one has 1 less.
      expect(await count(start, start + hourMs)).toEqual([sum(1, 0, ''), sum(1, 50, 'CHF'), sum(2, 99), sum(1, 5, 'USD')]);
      expect(await count(start + hourMs, start + 2 * hourMs)).toEqual([sum(1, 1)]);
      expect((await count(start, start + hourMs, [])).map(({ currency, orders }) => [currency, orders])).toEqual([
        ['', 2],
        ['EUR', 2],
        ['USD', 1],
      ]);
      expect(await count(start, start + hourMs, [consumer], 'other')).toEqual([]);
    });

    it("refunds count up to the value of their order, which is that of one report: the shop's first", async () => {
      const refund = (offset: string, orderId: string, thousandths?: number, { currency = 'EUR', at = start } = {}) => {
        const whole = { orderId, refundId: `r-${offset}`, at, currency: '' };
        const part = { ...whole, ...(thousandths !== undefined && { thousandths, currency }) };
        return report(offset, 'server', { name: 'Refund', id: part.refundId, refund: part });
      };
      const purchase = { eventId: 'ord-9', eventName: 'Purchase', time: start, forms: {}, clickIds: {} };
      const delivered = { orderId: '1002', offset: '90', isTrusted: true };
      await commit({ deliveredOrders: [{ ...delivered, purchase: { ...purchase, total: 50_000, currency: 'EUR' } }] });
      await identify({
        cursor: '9',
        index: [
          indexEntry('1', { orderId: '1001' }),
          indexEntry('2', { orderId: '1001', reporter: 'server' }),
          indexEntry('3', { orderId: '1002' }),
          indexEntry('4', { orderId: '1003' }),
        ],
        reports: [
          order('1', 9_999, { reporter: 'browser', currency: 'USD' }),
          order('2', 100),
          order('3', 9_999, { reporter: 'browser', currency: 'USD' }),
          order('4', 20, { reporter: 'browser' }),
          refund('5', '1001', 70_000),
          refund('6', '1001', 70_000, { at: start + 1 }),
          refund('7', '1002'),
          refund('8', '1003'),
          refund('9', '1003', 5_000, { currency: 'USD' }),
        ],
      });
      const { refunded } = await bench.store.getMoneyCounts('shop', [consumer], start, start + hourMs, hourMs);
      // 70 and 30 of 1001, 50 of 1002, 20 of 1003.
      expect(refunded).toEqual([sum(4, 170), sum(1, 5, 'USD')]);
    });

    it('each order is counted once, by currency and by who reported it', async () => {
      const page = {
        cursor: '6',
        reports: [
          order('1', 10.005),
          order('2', 20, { reporter: 'browser' }),
          order('3', 5, { currency: 'USD' }),
          order('4', undefined),
          order('5', 99, { addedFor: 'bing' }),
          order('6', 7, { isTest: true }),
          order('7', 1e13),
        ],
      };
      await identify(page);
      await identify(page);
      await restart();
      await identify(page);
      expect(await read()).toEqual({
        reported: [
          { ...sum(1, 20), source: 'browser' },
          { ...sum(2, 0, ''), source: 'shop' },
          { ...sum(1, 10.005), source: 'shop' },
          { ...sum(1, 5, 'USD'), source: 'shop' },
        ],
        settled: [],
        waiting: [],
      });
    });

    it('a later report corrects the order, at each connection too: the server before the webhook before the browser', async () => {
      const id = 'ord-1';
      await identify({ cursor: '1', reports: [order('1', 80, { reporter: 'browser', id })] });
      await settle('1', 'delivered');
      expect(await read()).toMatchObject({ reported: [{ source: 'browser', amount: 80 }], settled: [{ amount: 80 }] });
      const at = start + countBucketMs;
      await identify({ cursor: '2', reports: [order('2', 90, { reporter: 'webhook', id, at })] });
      await identify({ cursor: '3', reports: [order('3', 70, { reporter: 'browser', id, at })] });
      expect(await read(countBucketMs)).toEqual({
        reported: [{ ...sum(1, 90), source: 'shop' }],
        settled: [{ ...sum(1, 90), outcome: 'delivered' }],
        waiting: [],
      });
      await identify({ cursor: '5', reports: [order('4', undefined, { id }), order('5', 95, { currency: 'USD', id })] });
      await identify({ cursor: '6', reports: [order('6', 50, { reporter: 'webhook', id })] });
      expect(await read()).toMatchObject({ reported: [sum(1, 95, 'USD')], settled: [sum(1, 95, 'USD')] });
      await identify({ cursor: '7', reports: [order('7', 95, { reporter: 'webhook', id, isTest: true })] });
      expect(await read()).toEqual({ reported: [], settled: [], waiting: [] });
    });

    it("an order counts once if the shop reports it after a browser's report was released", async () => {
      const id = 'ord-1';
      const claims = [order('1', 80, { reporter: 'browser', id }), order('2', 5, { reporter: 'browser' })];
      await identify({ cursor: '2', reports: claims, index: [indexEntry('1', { name: 'Purchase', id })] });
      const settled = { offset: '1', outcome: 'dead', issues: [], at: start } as const;
      await commit({ state: createState('2'), outcomes: [settled], purchases: [settled] });
      expect(await read()).toMatchObject({ reported: [{ ...sum(2, 85), source: 'browser' }], settled: [sum(1, 80)] });
      expect(await bench.store.releasePurchases('shop', '0', '2')).toMatchObject({ released: 1 });
      // A browser's report of the same order does not become a new event.
      await identify({ cursor: '3', reports: [order('3', 70, { reporter: 'browser', id })] });
      expect(await read()).toMatchObject({ reported: [{ ...sum(2, 85), source: 'browser' }] });
      const page = {
        cursor: '5',
        reports: [order('4', 90, { reporter: 'webhook', id }), order('5', 91, { reporter: 'webhook', id })],
      };
      await identify(page);
      await identify(page);
      await restart();
      expect(await read()).toEqual({
        reported: [
          { ...sum(1, 5), source: 'browser' },
          { ...sum(1, 90), source: 'shop' },
        ],
        settled: [],
        waiting: [sum(1, 90)],
      });
      await settle('4', 'delivered', '5');
      await settle('1', 'delivered', '5');
      expect(await read()).toMatchObject({ settled: [{ ...sum(1, 90), outcome: 'delivered' }] });
    });

    it('an order moves from outcome to outcome, and a repeated commit changes nothing', async () => {
      await identify({ cursor: '2', reports: [order('1', 10), order('2', 30)] });
      expect(await read()).toMatchObject({ settled: [] });
      await commit({ state: createState('0') });
      expect((await read()).waiting).toEqual([sum(2, 40)]);
      await settle('1', 'waiting', '2');
      await settle('2', 'dead', '2');
      expect(await read()).toMatchObject({ settled: [{ ...sum(1, 30), outcome: 'dead' }], waiting: [sum(1, 10)] });
      await settle('1', 'awaiting-verdict', '2');
      await settle('1', 'delivered', '2');
      await settle('1', 'delivered', '2');
      await restart();
      await settle('2', 'waiting', '2');
      await settle('2', 'consent-denied', '2');
      expect(await read()).toMatchObject({
        settled: [
          { ...sum(1, 30), outcome: 'consent-denied' },
          { ...sum(1, 10), outcome: 'delivered' },
        ],
        waiting: [],
      });
      await settle('9', 'delivered', '2');
      expect((await read()).settled).toHaveLength(2);
    });

    it('sums change with their commit or not at all', async () => {
      await identify({ cursor: '1', reports: [order('1', 10)] });
      const stale = bench.lease;
      await acquire(consumer);
      const change = { state: createState('1'), purchases: [{ offset: '1', outcome: 'delivered' }] } as const;
      await expect(bench.store.commitDelivery(stale, change)).rejects.toThrow();
      expect((await read()).settled).toEqual([]);
    });

    it('waiting orders and dead letters are read by connection', async () => {
      const reports = [
        order('1', 10),
        order('2', 20),
        order('3', 30, { currency: 'USD' }),
        order('4', 40),
        order('5', undefined),
      ];
      await identify({ cursor: '5', reports });
      const purchases = [
        { offset: '1', outcome: 'waiting' },
        { offset: '2', outcome: 'dead' },
        { offset: '3', outcome: 'bot' },
        // Settled ahead of the cursor.
        { offset: '4', outcome: 'delivered' },
      ] as const;
      await commit({ state: createState('3'), purchases, deadLetters: [deadLetter('2'), deadLetter('9')] });
      const missing = () => bench.store.getUnsentMoney('shop', consumer);
      expect(await missing()).toEqual({
        waiting: [toSum(1, 0, ''), toSum(1, 10)],
        deadLetters: [toSum(1, 0, ''), toSum(1, 20)],
      });
      await commit({ state: createState('5'), removeDeadLetters: ['2', '9'], purchases: [{ offset: '5', outcome: 'bot' }] });
      expect(await missing()).toEqual({
        waiting: [toSum(1, 10)],
        deadLetters: [],
      });
      const never = formatConsumerId('shop', 'never');
      expect(await bench.store.getUnsentMoney('shop', never)).toEqual({ waiting: [], deadLetters: [] });
    });

    it('sums outlive the rows of their orders, and are summed up to hours', async () => {
      const at = start + countBucketMs;
      await identify({ cursor: '2', reports: [order('1', 10), order('2', 20, { at })] });
      for (const offset of ['1', '2']) await settle(offset, 'delivered', '2');
      const before = await read();
      const what = { through: '2', profilesBefore: 0, deadLettersBefore: 0, countsBefore: 0, rollUpBefore: start + hourMs };
      for (let some = 1; some > 0; )
        some = await bench.store.removeExpired('shop', { ...what, purchasesBefore: start + hourMs }, 1);
      await restart();
      expect(await read()).toEqual(before);
      expect(await read(countBucketMs)).toMatchObject({ reported: [sum(2, 30)], settled: [sum(2, 30)] });
      // A duplicate of a removed order adds none.
      await identify({ cursor: '3', reports: [order('3', 99, { id: 'ord-1', reporter: 'webhook' })] });
      await settle('1', 'waiting', '2');
      expect(await read()).toEqual(before);
      for (let some = 1; some > 0; ) some = await bench.store.removeExpired('shop', { ...what, countsBefore: start + hourMs }, 1);
      expect(await read()).toEqual({ reported: [], settled: [], waiting: [] });
    });

    it('an erased order loses its row; a removed connection loses its sums', async () => {
      await identify({ cursor: '3', reports: [order('1', 10), order('2', 20), order('3', 30)] });
      await settle('1', 'awaiting-verdict', '2');
      await settle('2', 'delivered', '2');
      await bench.store.beginErasure({ site: 'shop', offsets: ['1', '2', '3'], visitors: [], now: start });
      for (const offset of ['1', '2', '3']) await settle(offset, 'erased', '2');
      expect(await read()).toMatchObject({
        reported: [sum(3, 60)],
        settled: [{ ...sum(1, 20), outcome: 'delivered' }],
        waiting: [],
      });
      await bench.store.retireConnection('shop', 'bing', start);
      expect(await read()).toMatchObject({ reported: [sum(3, 60)], settled: [] });
    });

    it('a store that counted from its beginning has whole sums, and the first event of a site is its beginning', async () => {
      expect(await bench.store.getCountedSince('shop')).toEqual({ events: 0, money: 0, refunds: 0 });
      await identify({ cursor: '1', reports: [order('1', 10)] });
      expect(await bench.store.getCountedSince('shop')).toEqual({ events: 0, money: 0, refunds: 0, first: start });
    });
  });
}
