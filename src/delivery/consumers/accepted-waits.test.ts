import { expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../event/units.ts';
import { createConsumerSite, waitUntil } from '../delivery.fixture.ts';
import type { AcceptedWaits } from '../sending/accepted-waits.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { buildReply } from '../tiny-platform.fixture.ts';
import { createBench } from './consumer-bench.fixture.ts';

let site: TestSite;
const storage = useTestStorage();
const { twoReporters } = createBench(() => site);

/** Starts a site's consumers, and collects the waits of the accepted events. */
function startSite(factor: number, purchaseHoldSeconds = 0) {
  site = storage.createSite(factor);
  site.identity();
  const waits: AcceptedWaits[] = [];
  const connection = site.connection({
    site: createConsumerSite(site.site, purchaseHoldSeconds),
    onAccepted: (some) => waits.push(some),
  });
  return { ...connection, listWaits: () => waits.flatMap(({ waitsMs }) => waitsMs), waits };
}

it('an event waits from its receipt to its acceptance', async () => {
  const { listWaits } = startSite(20);
  await site.deliver(site.event('a'), site.event('b'));
  // The waits are reported after the commit.
  await waitUntil(() => listWaits().length === 2);
  for (const wait of listWaits()) expect(wait).toBeLessThan(60 * secondMs);
});

it('a held purchase waits from the end of its hold', async () => {
  const { listWaits } = startSite(300, 600);
  await twoReporters();
  const from = site.clock.now();
  await site.deliver(site.event('ord-1', { name: 'Purchase', page: { url: 'https://shop.example/thanks' } }));
  expect(site.clock.now() - from).toBeGreaterThanOrEqual(600 * secondMs);
  await waitUntil(() => listWaits().length > 0);
  const wait = listWaits().at(-1) ?? Number.NaN;
  expect(wait).toBeLessThan(300 * secondMs);
});

it('a purchase that fails after its hold waits from the end of the hold, through all its sends', async () => {
  const { listWaits } = startSite(300, 60);
  await twoReporters();
  const from = site.clock.now();
  site.sender.answer = () => buildReply(site.clock.now() - from < 15 * minuteMs ? 503 : 200);
  await site.deliver(site.event('ord-1', { name: 'Purchase', page: { url: 'https://shop.example/thanks' } }));
  await waitUntil(() => listWaits().length > 0);
  const wait = listWaits().at(-1) ?? Number.NaN;
  expect(wait).toBeGreaterThanOrEqual(13 * minuteMs);
  expect(wait).toBeLessThanOrEqual(site.clock.now() - from - 60 * secondMs);
});

it('events that were due in a pause are counted apart, with its cause', async () => {
  const { consumer, listWaits, waits } = startSite(300);
  await consumer.pause();
  const offsets = await site.append(site.event('a'), site.event('b'));
  await site.pass(10 * minuteMs);
  await consumer.resume();
  await site.waitUntilSettled(offsets);
  await waitUntil(() => waits.length > 0);
  expect(listWaits()).toEqual([]);
  expect(waits.flatMap(({ afterPause = [] }) => afterPause)).toEqual([{ cause: 'operator', events: 2 }]);
  await site.deliver(site.event('c'));
  await waitUntil(() => listWaits().length === 1);
});

it('events that waited for a new credential are counted apart, and the end of the pause is stored', async () => {
  const first = startSite(50);
  site.sender.answer = () => buildReply(401);
  const offsets = await site.append(site.event('a'));
  await waitUntil(async () => (await site.state()).pause?.cause === 'blocked');
  site.sender.answer = () => buildReply(200);
  await first.consumer.resume();
  await site.waitUntilSettled(offsets);
  await waitUntil(() => first.waits.some(({ afterPause }) => afterPause));
  expect(first.waits.flatMap(({ afterPause = [] }) => afterPause)).toEqual([{ cause: 'blocked', events: 1 }]);
  expect((await site.state()).resumed).toMatchObject({ cause: 'blocked' });
});
