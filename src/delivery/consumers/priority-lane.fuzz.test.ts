import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Commerce, Event } from '../../event/event.ts';
import type { Store } from '../../storage/ports/store.ts';
import { createConsumerSite } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { buildReply, tinyPlatform } from '../tiny-platform.fixture.ts';
import { createLane } from './priority-lane.fixture.ts';

/** An order in the final state, from which the sums are computed again. */
interface Order extends Pick<Commerce, 'value' | 'currency'> {
  readonly outcome: string;
  readonly source: string;
}

const getCurrency = (index: number) => (index % 3 === 0 ? 'USD' : 'EUR');
const isOfBrowser = (kind: string) => ['browser', 'bot', 'bad'].includes(kind);

function sumOrders(orders: readonly Order[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { value = 0, currency, outcome, source } of orders)
    for (const key of [`${source} ${currency}`, `${outcome} ${currency}`]) sums[key] = (sums[key] ?? 0) + value;
  return sums;
}

async function readMoney(): Promise<Record<string, number>> {
  const { site, consumerId } = testSite;
  const { reported, connections } = await testSite.store.getMoneyCounts(site, [consumerId], 0, 1e15, 1e15);
  const { settled = [], waiting = [] } = connections.get(consumerId) ?? {};
  expect(waiting).toEqual([]);
  return Object.fromEntries([
    ...reported.map(({ source, currency, amount }) => [`${source} ${currency}`, amount]),
    ...settled.map(({ outcome, currency, amount }) => [`${outcome} ${currency}`, amount]),
  ]);
}

let testSite: TestSite;
const storage = useTestStorage();
const openLane = (factor: number) => {
  testSite = storage.createSite(factor);
};
const { backlog, server, waitUntilSettled } = createLane(() => testSite);

/** The contents of a backlog, and the moment when its consumer is cut off or its platform fails. */
const scene = fc.record({
  reports: fc.array(fc.constantFrom('browser', 'server', 'both', 'shop-first', 'bot', 'bad', 'bad-server'), {
    minLength: 20,
    maxLength: 120,
  }),
  faults: fc.array(fc.constantFrom('ok', 'ok', 'ok', 'busy', 'lost', 'dies'), { minLength: 3, maxLength: 12 }),
});

it('any backlog is settled once and counted once, wherever its consumer is cut off', {
  timeout: 240_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(scene, async ({ reports, faults }) => {
      openLane(2_000);
      const reject = { properties: { reject: true } };
      /** Every other event is an order. */
      const value = (index: number, more = 0): Partial<Event> =>
        index % 2 === 0 ? { name: 'Purchase', commerce: { value: index + 0.5 + more, currency: getCurrency(index) } } : {};
      const first = (kind: string, index: number): Event => {
        const id = `${kind}-${index}`;
        const order = value(index);
        if (kind === 'browser' || kind === 'both') return testSite.event(id, order);
        if (kind === 'bot') return testSite.event(id, { bot: true, ...order });
        if (kind === 'bad') return testSite.event(id, { ...reject, ...order });
        return server(id, kind === 'bad-server' ? { ...reject, ...order } : order);
      };
      const duplicates = reports.flatMap((kind, index) => {
        const [id, order] = [`${kind}-${index}`, value(index, 1_000)];
        return kind === 'both' ? [server(id, order)] : kind === 'shop-first' ? [testSite.event(id, order)] : [];
      });
      const offsets = await backlog(...reports.map(first), ...duplicates);
      const dying: (() => void)[] = [];
      let requestCount = 0;
      testSite.sender.answer = () => {
        const fault = faults[requestCount++] ?? 'ok';
        if (fault === 'busy') return buildReply(503);
        if (fault === 'lost') return { unknown: 'ECONNRESET' };
        if (fault === 'dies') for (const die of dying.splice(0)) die();
        return buildReply(200);
      };
      const destination = { ...tinyPlatform, limits: { ...tinyPlatform.limits, batchSize: 10 } };
      const start = () => {
        let isDead = false;
        // A dead process writes nothing after its request.
        const store: Store = {
          ...testSite.store,
          commitDelivery: (lease, commit) =>
            isDead ? Promise.reject(new Error('killed')) : testSite.store.commitDelivery(lease, commit),
        };
        dying.push(() => {
          isDead = true;
          void running.stop().then(start);
        });
        const running = testSite.connection({ destination, store, site: createConsumerSite(testSite.site, 0) });
      };
      start();
      await waitUntilSettled(offsets);
      const dead = reports.filter((kind) => kind.startsWith('bad')).length;
      const bots = reports.filter((kind) => kind === 'bot').length;
      const expected = { delivered: reports.length - dead - bots, dead, bot: bots, duplicate: duplicates.length, waiting: 0 };
      const counts = await testSite.store.countByOutcome(testSite.consumerId);
      expect({ delivered: 0, dead: 0, bot: 0, duplicate: 0, ...counts }).toEqual(expected);
      expect(await testSite.countUnaccounted()).toBe(0);
      // The shop's report decides, whichever came first.
      const orders = reports.flatMap((kind, index): readonly Order[] => {
        const { commerce } = kind === 'both' ? value(index, 1_000) : value(index);
        const outcome = kind.startsWith('bad') ? 'dead' : kind === 'bot' ? 'bot' : 'delivered';
        return commerce ? [{ ...commerce, outcome, source: isOfBrowser(kind) ? 'browser' : 'shop' }] : [];
      });
      expect(await readMoney()).toEqual(sumOrders(orders));
      // Only a request whose response was lost, or whose process died before storing it, may be sent twice.
      const seen = new Map<string, number>();
      for (const id of testSite.sender.accepted) seen.set(id, (seen.get(id) ?? 0) + 1);
      const doubts = faults.filter((fault) => fault === 'dies').length;
      if (doubts === 0) expect([...seen.values()].every((times) => times === 1)).toBe(true);
      expect(seen.size).toBe(expected.delivered);
      await testSite.dispose();
    }),
    { numRuns: 12 },
  );
});
