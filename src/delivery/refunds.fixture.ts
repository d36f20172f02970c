import type { Event } from '../event/event.ts';
import { createBench } from './consumers/consumer-bench.fixture.ts';
import { waitUntil } from './delivery.fixture.ts';
import { type TestSite, useTestStorage } from './test-site.fixture.ts';

/** A site with one order, its refunds, and what the ledger has of it. */
export function useRefundedOrder() {
  let testSite: TestSite;
  const storage = useTestStorage();
  const { twoReporters } = createBench(() => testSite);
  const purchase = (more: Partial<Event> = {}) =>
    testSite.event('purchase-1001', {
      ...{ name: 'Purchase', reporter: 'webhook', commerce: { orderId: '1001', value: 125.4, currency: 'EUR' } },
      ...more,
    });
  const refund = (id: string, value?: number, more: Partial<Event['commerce']> = {}) =>
    testSite.event(id, {
      ...{ name: value === undefined ? 'OrderCancelled' : 'Refund', reporter: 'server', notSent: 'record-only' },
      commerce: { orderId: '1001', ...(value !== undefined && { value, currency: 'EUR' }), ...more },
    });
  const sentValues = () =>
    testSite.sender.deliveries.flatMap(({ body }) => {
      const payloads: { id: string; value: number }[] = JSON.parse(body);
      return payloads.filter(({ id }) => id === 'purchase-1001').map(({ value }) => value);
    });
  const outcomesAre = (offsets: readonly string[], ...outcomes: (string | undefined)[]) =>
    waitUntil(async () => JSON.stringify(await testSite.getOutcomes(offsets)) === JSON.stringify(outcomes));
  const readOrder = async () => (await testSite.store.listDeliveredOrders(testSite.site, ['1001']))[0]?.purchase;
  return {
    get testSite() {
      return testSite;
    },
    openBench(factor: number) {
      testSite = storage.createSite(factor);
      testSite.identity();
    },
    ...{ twoReporters, purchase, refund, sentValues, outcomesAre, readOrder },
  };
}
