import type { Event } from '../../event/event.ts';
import { hourMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { ConnectionConsumerOptions } from '../consumers/connection-consumer.ts';
import { createConsumerSite } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { getIds } from '../tiny-platform.fixture.ts';

const storage = useTestStorage();
export let testSite: TestSite;

/** Replaces the site. `factor` is the speed of its clock. */
export function createSite(factor: number): void {
  testSite = storage.createSite(factor);
}

export function open(more: Partial<ConnectionConsumerOptions> = {}): void {
  createSite(100);
  testSite.identity();
  testSite.connection({ site: createConsumerSite(testSite.site, 0), ...more });
}

export const granted = { stated: 'granted', effective: 'granted' } as const;
export const denied = { stated: 'denied', effective: 'denied' } as const;

/** Returns a browser's report that claims the purchase `ago` before now. */
export function claim(more: Partial<Event> = {}, ago = 2 * hourMs): Event {
  const at = testSite.clock.now() - ago;
  return testSite.event('ord-1', {
    name: 'Purchase',
    time: at,
    receivedAt: at,
    commerce: { value: 0.01, currency: 'USD' },
    ...more,
  });
}

export function sale(more: Partial<Event> = {}): Event {
  const commerce = { value: 199, currency: 'USD', orderId: '1001' };
  return testSite.event('ord-1', { name: 'Purchase', reporter: 'server', consent: granted, commerce, ...more });
}

/** Returns the accepted values of the purchase. */
export function valuesSent(): readonly unknown[] {
  return testSite.sender.deliveries
    .filter((request) => getIds(request).includes('ord-1'))
    .flatMap(({ body }) => JSON.parse(body))
    .filter(({ id }: { id: string }) => id === 'ord-1')
    .map(({ value }: { value: unknown }) => value);
}

/** Erases browsers' reports of events that stay. `left` are the sales among the other reports of these events. */
export async function eraseReports(offsets: readonly Offset[], left: readonly Offset[] = []): Promise<void> {
  const now = testSite.clock.now();
  const keys = { keys: [], orderId: '1001', reporter: 'server', consent: granted } as const;
  const index = left.map((offset) => ({ ...keys, offset, receivedAt: now, time: now, name: 'Purchase', id: 'ord-1' }));
  await testSite.store.beginErasure({ site: testSite.site, offsets, reportsAlone: new Set(offsets), index, visitors: [], now });
  await testSite.log.redact(testSite.site, offsets);
}

export async function getIssues(offset: Offset | undefined): Promise<readonly string[]> {
  const found = await testSite.store.getOutcomes(testSite.consumerId, [offset ?? '']);
  return (found.get(offset ?? '')?.issues ?? []).map(({ code }) => code);
}
