import { expect, it } from 'vitest';
import type { Event } from '../../event/event.ts';
import { buildEvent, start } from '../delivery.fixture.ts';
import { loadOrderFacts, type OrderFactsDeps } from './order-facts.ts';

/** Returns the reads of a page of events. */
async function listReads(events: readonly Event[], refunded: readonly string[] = []): Promise<readonly string[]> {
  const reads: string[] = [];
  const read =
    <T>(name: string, result: T) =>
    async () => {
      reads.push(name);
      return result;
    };
  const refunds = refunded.map((orderId) => ({ orderId, refundId: 'r-1', at: start, currency: '' }));
  const deps: OrderFactsDeps = {
    ...{ consumer: 'shop/bing', site: 'shop', beginsAfter: '' },
    log: { get: read('records', []) },
    store: {
      listRefunds: read('refunds', refunds),
      listDeliveredOrders: read('orders', []),
      listOrderUploads: read('uploads', []),
      findOrderEvents: read('events', []),
      getOutcomes: read('outcomes', new Map()),
      getProfiles: read('profiles', new Map()),
    },
  };
  await loadOrderFacts(
    events.map((event) => ({ event: { ...event, reporters: ['browser'] } })),
    deps,
  );
  return reads;
}

const purchase = (orderId: string) => buildEvent(`purchase-${orderId}`, { name: 'Purchase', commerce: { orderId } });

it('a page without order ids reads nothing, and one with order ids reads their refunds once', async () => {
  const others = [buildEvent('a'), buildEvent('b', { name: 'Purchase' }), buildEvent('c', { commerce: { orderId: '1001' } })];
  expect(await listReads(others)).toEqual([]);
  expect(await listReads([...others, ...['1', '2', '3'].map(purchase)])).toEqual(['refunds']);
});

it('only refunded orders read more', async () => {
  expect(await listReads([purchase('1'), purchase('2')], ['2'])).toEqual(['refunds', 'orders', 'uploads', 'events', 'records']);
});
