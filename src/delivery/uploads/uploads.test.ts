import { expect, it } from 'vitest';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { ConversionChange, UploadCallResult } from '../../event/conversion-change.ts';
import type { Event } from '../../event/event.ts';
import { dayMs, hourMs, minuteMs } from '../../event/units.ts';
import { parseUploadState } from '../../storage/ports/upload-state.ts';
import type { ConnectionConsumer } from '../consumers/connection-consumer.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { mapTo, tinyPlatform } from '../tiny-platform.fixture.ts';
import { endOldUploads } from './end-old-uploads.ts';
import { runUploadRound } from './upload-round.ts';

const storage = useTestStorage();
let testSite: TestSite;
let consumer: ConnectionConsumer;
let stop: () => Promise<void>;
/** The time since the site began, by which the rows are due. */
let passedMs = 0;
let calls: (readonly ConversionChange[])[] = [];
let answer: (changes: readonly ConversionChange[]) => UploadCallResult;

const take = (changes: readonly ConversionChange[]): UploadCallResult => ({
  verdicts: changes.map(() => 'taken' as const),
  trackingId: 'track',
});
const adjusting = (goals: readonly string[] = ['Purchase']): BoundDestination => ({
  ...tinyPlatform,
  map: ({ id, commerce }) => mapTo({ id, value: commerce.value ?? null, orderId: commerce.orderId ?? null }),
  adjustments: { goals, maxAgeMs: 90 * dayMs, afterMs: dayMs, target: () => '1001' },
});

function connect(goals?: readonly string[], isNew = true): void {
  if (isNew) {
    testSite = storage.createSite(50);
    testSite.identity();
    passedMs = 0;
    calls = [];
    answer = take;
  }
  const running = testSite.connection({ destination: adjusting(goals) });
  ({ consumer, stop } = { consumer: running.consumer, stop: async () => void (await running.stop()) });
}

/** Runs a round after some time, as the gateway does. */
const round = (
  afterMs = 25 * hourMs,
  goals: readonly string[] = ['Purchase'],
  by = 'grant',
  settle = consumer.settleUploads.bind(consumer),
) => {
  passedMs += afterMs;
  return runUploadRound(
    {
      ...{ site: testSite.site, connection: 'bing', by, settle },
      adjustments: { goals, maxAgeMs: 90 * dayMs, afterMs: dayMs, target: () => '1001' },
      async send(changes) {
        calls.push(changes);
        return answer(changes);
      },
    },
    { log: testSite.log, store: testSite.store, now: () => testSite.clock.now() + passedMs },
  );
};

const purchase = (more: Partial<Event> = {}) =>
  testSite.event('purchase-1001', {
    ...{ name: 'Purchase', reporter: 'webhook', commerce: { orderId: '1001', value: 125.4, currency: 'EUR' } },
    ...more,
  });
const refund = (id: string, value?: number, more: Partial<Event> = {}) =>
  testSite.event(id, {
    ...{ name: value === undefined ? 'OrderCancelled' : 'Refund', reporter: 'server', notSent: 'record-only' },
    commerce: { orderId: '1001', ...(value !== undefined && { value, currency: 'EUR' }) },
    ...more,
  });
const rows = async () => (await testSite.store.listOrderUploads(testSite.site, ['1001'])).map(({ state }) => state);
const readLeft = async () => (await testSite.store.listDeliveredOrders(testSite.site, ['1001']))[0]?.purchase.left;
const sent = () => calls.map((changes) => changes.map(({ goal, left }) => `${goal} ${left}`));
const readState = async () => parseUploadState(await testSite.store.getUploadState(testSite.consumerId));

it('refunds of a delivered purchase are sent a day later, with what all of them leave, and the last once', async () => {
  connect();
  await testSite.deliver(purchase());
  const offsets = await testSite.deliver(refund('r-1', 25.4));
  expect(await testSite.getOutcomes(offsets)).toEqual(['awaiting-upload']);
  await round(23 * hourMs);
  expect(calls).toEqual([]);
  await round(2 * hourMs);
  const [[change] = []] = calls;
  expect(change).toMatchObject({ goal: 'Purchase', transactionId: '1001', left: 100_000, currency: 'EUR' });
  expect([await rows(), await readLeft(), await testSite.getOutcomes(offsets)]).toEqual([['uploaded'], 100_000, ['restated']]);
  // Two more within one call, and a report of a known one.
  offsets.push(...(await testSite.deliver(refund('r-2', 20), refund('r-3', 10))));
  await round(0);
  offsets.push(...(await testSite.deliver(refund('cancelled-1001'))));
  await round(0);
  await testSite.deliver(refund('r-4', 1));
  await round();
  expect(sent()).toEqual([['Purchase 100000'], ['Purchase 70000'], ['Purchase 0']]);
  expect(calls.at(-1)?.[0]).not.toHaveProperty('currency');
  expect(await testSite.getOutcomes(offsets)).toEqual(['restated', 'restated', 'restated', 'retracted']);
  expect(await readLeft()).toBe(0);
  expect(await testSite.store.listDueUploads(testSite.consumerId, 'online-adjustment', Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
  expect(await testSite.countUnaccounted()).toBe(0);
  expect((await testSite.store.listOrderUploads(testSite.site, ['1001']))[0]).toMatchObject({
    tries: 1,
    answer: { trackingId: 'track' },
  });
});

it('a process that ends before the commit sends the same value again, and counts once', async () => {
  connect();
  await testSite.deliver(purchase());
  const offsets = await testSite.deliver(refund('r-1', 25.4));
  const die = async () => {
    throw new Error('killed');
  };
  await expect(round(25 * hourMs, ['Purchase'], 'grant', die)).rejects.toThrow('killed');
  await stop();
  connect(['Purchase'], false);
  await round(0);
  expect(sent()).toEqual([['Purchase 100000'], ['Purchase 100000']]);
  expect([await testSite.getOutcomes(offsets), await readLeft()]).toEqual([['restated'], 100_000]);
  await round();
  expect(calls).toHaveLength(2);
});

it('each goal has a row, and a refund counts once all goals took it', async () => {
  const goals = ['Purchase', 'All sales'];
  connect(goals);
  await testSite.deliver(purchase());
  const offsets = await testSite.deliver(refund('r-1', 25.4));
  const retry = { code: '0 InternalError', message: 'Try again later.', pause: 'backoff' } as const;
  answer = (changes) => ({ verdicts: changes.map(({ goal }) => (goal === 'Purchase' ? 'taken' : { failed: retry })) });
  await round(25 * hourMs, goals);
  expect([await testSite.getOutcomes(offsets), await readLeft()]).toEqual([['awaiting-upload'], undefined]);
  answer = take;
  await round(minuteMs, goals);
  expect(calls).toHaveLength(1);
  await round(5 * minuteMs, goals);
  expect(sent()).toEqual([['All sales 100000', 'Purchase 100000'].toSorted(), ['All sales 100000']]);
  expect([await testSite.getOutcomes(offsets), await readLeft()]).toEqual([['restated'], 100_000]);
});

it('a refused row is not sent again, and the refund has the reason', async () => {
  connect();
  await testSite.deliver(purchase());
  const offsets = await testSite.deliver(refund('r-1', 25.4));
  answer = () => ({ verdicts: [{ refused: { code: '5623 Old', message: 'Too old.' } }], trackingId: 'track' });
  await round();
  await round();
  expect([calls.length, await rows(), await readLeft()]).toEqual([1, ['refused'], undefined]);
  const outcome = (await testSite.store.getOutcomes(testSite.consumerId, offsets)).get(offsets[0] ?? '');
  expect(outcome).toMatchObject({ outcome: 'unsupported', issues: [{ code: '5623 Old', message: 'Too old.' }] });
  expect((await readState()).pause).toBeUndefined();
});

it.each([
  ['minute', minuteMs],
  ['backoff', 5 * minuteMs],
  ['week', 7 * dayMs],
  ['access', 6 * hourMs],
  ['stop', undefined],
] as const)('a failure of a call (%s) pauses the uploads alone, until its time or another access', async (pause, waitMs) => {
  connect();
  await testSite.deliver(purchase());
  const offsets = await testSite.deliver(refund('r-1', 25.4));
  answer = () => ({ failure: { code: 'C', message: 'M.', trackingId: 'track', pause } });
  await round();
  expect((await readState()).pause).toMatchObject({ code: 'C', trackingId: 'track', reason: pause });
  expect((await testSite.store.listOrderUploads(testSite.site, ['1001']))[0]).toMatchObject({
    ...{ state: 'waiting', tries: 1, answer: { code: 'C', message: 'M.', trackingId: 'track' } },
  });
  // Events go on.
  await testSite.deliver(testSite.event('another'));
  answer = take;
  if (waitMs === undefined) {
    await round(30 * dayMs);
    expect(calls).toHaveLength(1);
    await round(0, ['Purchase'], 'another grant');
  } else {
    await round(waitMs - minuteMs);
    expect(calls).toHaveLength(1);
    await round(2 * minuteMs);
  }
  expect(calls).toHaveLength(2);
  expect(await testSite.getOutcomes(offsets)).toEqual(['restated']);
  expect((await readState()).pause).toBeUndefined();
});

it("a browser's refund, one in another currency, and one without goals make no row", async () => {
  connect();
  await testSite.deliver(purchase());
  const usd = { orderId: '1001', value: 5, currency: 'USD' };
  const offsets = await testSite.deliver(refund('r-0', 5, { reporter: 'browser' }), refund('r-1', 5, { commerce: usd }));
  expect(await testSite.getOutcomes(offsets)).toEqual(['unsupported', 'unsupported']);
  expect(await rows()).toEqual([]);
  connect([]);
  await testSite.deliver(purchase());
  expect(await testSite.getOutcomes(await testSite.deliver(refund('r-1', 5)))).toEqual(['unsupported']);
  expect(await rows()).toEqual([]);
});

it('a purchase whose tag ran is sent whole, and restated afterwards', async () => {
  connect();
  const held = purchase({ page: { browserTags: { tiny: 'ran' } } });
  const offsets = await testSite.deliver(refund('r-1', 25.4), held);
  await testSite.waitUntilSettled(offsets);
  await round();
  expect(sent()).toEqual([['Purchase 100000']]);
  expect(await testSite.getOutcomes(offsets)).toEqual(['restated', 'delivered']);
});

it.each(['withdrawal', 'use', 'erasure', 'goal'] as const)('a waiting refund is not sent after a change: %s', async (change) => {
  connect();
  const identity = { forms: {}, clickIds: {}, anonymousId: 'us' };
  const denied = { stated: 'granted', effective: 'granted', adUserData: 'denied' } as const;
  await testSite.deliver(purchase({ identity, ...(change === 'use' && { consent: denied }) }));
  const offsets = await testSite.deliver(refund('r-1', 25.4));
  const { site, store } = testSite;
  if (change === 'withdrawal') {
    const consent = { stated: 'denied', effective: 'denied' } as const;
    await testSite.append(testSite.event('w', { name: '$consent', identity, consent }));
    await expect.poll(async () => (await store.getProfiles(site, ['us'])).get('us')?.deniedAt).toBeDefined();
  }
  if (change === 'erasure')
    await store.beginErasure({ site, offsets: [], orderIds: ['1001'], visitors: [], now: testSite.clock.now() });
  await round(25 * hourMs, change === 'goal' ? ['Another'] : ['Purchase']);
  expect(calls).toEqual([]);
  const outcomes = { withdrawal: 'consent-denied', use: 'consent-denied', erasure: 'awaiting-upload', goal: 'unsupported' };
  expect(await testSite.getOutcomes(offsets)).toEqual([outcomes[change]]);
});

it('a refund that waited until its order is kept no longer ends with a reason, and the value at the platform stays', async () => {
  connect();
  await testSite.deliver(purchase());
  const offsets = await testSite.deliver(refund('r-1', 25.4));
  await stop();
  const { log, store, site, consumerId, clock } = testSite;
  const lease = await store.acquireLease(consumerId, 'two', 60_000);
  if (!lease) throw new Error('the connection still runs');
  const endAfter = async (days: number) => {
    const now = clock.now() + days * dayMs;
    for await (const commit of endOldUploads({ consumer: consumerId, site, log, store }, await testSite.state(), now))
      await store.commitDelivery(lease, commit);
    return testSite.getOutcomes(offsets);
  };
  expect(await endAfter(89)).toEqual(['awaiting-upload']);
  expect(await endAfter(91)).toEqual(['unsupported']);
  const outcome = (await store.getOutcomes(consumerId, offsets)).get(offsets[0] ?? '');
  expect(outcome?.issues).toMatchObject([{ code: 'purchase-too-old' }]);
  expect([await rows(), await readLeft()]).toEqual([['dead'], undefined]);
});
