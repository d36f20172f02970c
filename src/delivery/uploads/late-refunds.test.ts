import { beforeEach, expect, it } from 'vitest';
import type { UploadCallResult } from '../../event/conversion-change.ts';
import type { LateCallResult, LateChange, LateConversion } from '../../event/late-conversion.ts';
import { dayMs, hourMs } from '../../event/units.ts';
import type { ConnectionConsumer } from '../consumers/connection-consumer.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { createLateSale, lateEmail, latePlatform } from './late-platform.fixture.ts';
import { runLateRefundRound } from './late-refund-round.ts';
import { runLateRound } from './late-round.ts';

const storage = useTestStorage();
let testSite: TestSite;
let consumer: ConnectionConsumer;
let uploads: (readonly LateConversion[])[];
let changes: (readonly LateChange[])[];
let answer: () => LateCallResult & UploadCallResult;
let passedMs: number;
let dies: boolean;

beforeEach(() => {
  testSite = storage.createSite(50);
  testSite.identity();
  ({ consumer } = testSite.connection({ destination: latePlatform }));
  [uploads, changes, passedMs, dies] = [[], [], 0, false];
  answer = () => ({ verdicts: ['taken'], trackingId: 'track' });
});

const now = () => testSite.clock.now() + passedMs;
const common = () => ({ site: testSite.site, connection: 'bing', maxAgeMs: 90 * dayMs, by: 'grant' });

/** Runs the rounds of the gateway after some time. */
async function round(afterMs = 0): Promise<void> {
  passedMs += afterMs;
  await runLateRound(
    {
      ...{ ...common(), goal: { name: 'Late', isEnhanced: true } },
      async send(conversions) {
        uploads.push(conversions);
        if (dies) throw new Error('killed');
        return answer();
      },
      settle: ({ orderIds, ...settlement }) =>
        consumer.settleUploads({ ...settlement, orders: orderIds.map((orderId) => ({ orderId, offset: '', left: 0 })) }),
    },
    { store: testSite.store, now },
  );
  await runLateRefundRound(
    {
      ...{ ...common(), adjustAfterMs: dayMs },
      async send(some) {
        changes.push(some);
        if (dies) throw new Error('killed');
        return answer();
      },
      settle: (settlement) => consumer.settleUploads(settlement),
    },
    { store: testSite.store, now },
  );
}

const refund = (id: string, value?: number, currency = 'EUR') =>
  testSite.event(id, {
    ...{ name: value === undefined ? 'OrderCancelled' : 'Refund', reporter: 'server', notSent: 'record-only' },
    commerce: { orderId: '1001', ...(value !== undefined && { value, currency }) },
  });
const rows = async () =>
  (await testSite.store.listOrderUploads(testSite.site, ['1001'])).map(({ kind, state }) => `${kind} ${state}`).toSorted();
const sent = () => ({
  uploads: uploads.map((some) => some.map(({ value }) => value)),
  changes: changes.map((some) => some.map(({ left }) => left)),
});

it('a refund of an uploaded purchase changes it by the uploaded name, time and person', async () => {
  const sale = createLateSale(testSite, '1001');
  await testSite.deliver(sale);
  await round();
  const offsets = await testSite.deliver(refund('r-1', 25.4));
  expect(await testSite.getOutcomes(offsets)).toEqual(['awaiting-upload']);
  await round(23 * hourMs);
  expect(changes).toEqual([]);
  await round(2 * hourMs);
  expect(changes).toMatchObject([
    [{ goal: 'Late', time: sale.time, clickId: 'click', email: lateEmail, left: 100_000, currency: 'EUR' }],
  ]);
  expect(await testSite.getOutcomes(offsets)).toEqual(['restated']);
  offsets.push(...(await testSite.deliver(refund('r-2', 20), refund('r-3', 10))));
  await round(2 * dayMs);
  offsets.push(...(await testSite.deliver(refund('cancelled-1001'))));
  await round(2 * dayMs);
  offsets.push(...(await testSite.deliver(refund('r-4', 1))));
  await round(2 * dayMs);
  expect(sent().changes).toEqual([[100_000], [70_000], [0]]);
  expect(changes.at(-1)?.[0]).not.toHaveProperty('currency');
  expect(await testSite.getOutcomes(offsets)).toEqual(['restated', 'restated', 'restated', 'retracted', 'retracted']);
  expect(await testSite.countUnaccounted()).toBe(0);
});

it('a refund before the upload reduces the value of the purchase, and is restated by that', async () => {
  await testSite.deliver(createLateSale(testSite, '1001'));
  const offsets = await testSite.deliver(refund('r-1', 25.4));
  expect(await testSite.getOutcomes(offsets)).toEqual(['awaiting-upload']);
  await round();
  await round(2 * dayMs);
  expect(sent()).toEqual({ uploads: [[100]], changes: [] });
  expect(await testSite.getOutcomes(offsets)).toEqual(['restated']);
  expect(await rows()).toEqual(['offline-adjustment uploaded', 'offline-conversion uploaded']);
});

it('a refund that was reported before its purchase reduces the value once', async () => {
  const offsets = await testSite.deliver(refund('r-1', 25.4));
  expect(await testSite.getOutcomes(offsets)).toEqual(['awaiting-purchase']);
  await testSite.deliver(createLateSale(testSite, '1001'));
  await round();
  offsets.push(...(await testSite.deliver(refund('r-2', 10))));
  await round(2 * dayMs);
  expect(sent()).toEqual({ uploads: [[100]], changes: [[90_000]] });
  expect(await testSite.getOutcomes(offsets)).toEqual(['restated', 'restated']);
});

it('an order that is cancelled before the upload is not uploaded', async () => {
  await testSite.deliver(createLateSale(testSite, '1001'));
  const offsets = await testSite.deliver(refund('cancelled-1001'));
  await round();
  await round(2 * dayMs);
  expect(sent()).toEqual({ uploads: [], changes: [] });
  expect(await testSite.getOutcomes(offsets)).toEqual(['retracted']);
  expect(await rows()).toEqual(['offline-adjustment uploaded', 'offline-conversion dead']);
});

it('a process that ends in the upload uploads the same value again, and changes it afterwards', async () => {
  await testSite.deliver(createLateSale(testSite, '1001'));
  dies = true;
  await expect(round()).rejects.toThrow('killed');
  const offsets = await testSite.deliver(refund('r-1', 25.4));
  dies = false;
  await round();
  dies = true;
  await expect(round(2 * dayMs)).rejects.toThrow('killed');
  dies = false;
  await round();
  expect(sent()).toEqual({ uploads: [[125.4], [125.4]], changes: [[100_000], [100_000]] });
  expect(uploads[1]).toMatchObject([{ time: uploads[0]?.[0]?.time, clickId: 'click', email: lateEmail }]);
  expect(await testSite.getOutcomes(offsets)).toEqual(['restated']);
});

it('a refund of a purchase that the platform refused is not sent', async () => {
  answer = () => ({ verdicts: [{ refused: { code: '5609', message: 'Too old.' } }] });
  await testSite.deliver(createLateSale(testSite, '1001'));
  const offsets = await testSite.deliver(refund('r-1', 25.4));
  await round();
  offsets.push(...(await testSite.deliver(refund('r-2', 5))));
  await round(2 * dayMs);
  expect(changes).toEqual([]);
  expect(await testSite.getOutcomes(offsets)).toEqual(['unsupported', 'no-purchase']);
});

it('a refund in another currency changes nothing, and says so', async () => {
  await testSite.deliver(createLateSale(testSite, '1001'));
  const offsets = await testSite.deliver(refund('r-1', 25.4, 'USD'));
  await round();
  await round(2 * dayMs);
  expect(sent()).toEqual({ uploads: [[125.4]], changes: [] });
  const outcomes = await testSite.store.getOutcomes(testSite.consumerId, offsets);
  expect(outcomes.get(offsets[0] ?? '')).toMatchObject({ outcome: 'unsupported', issues: [{ code: 'refund-not-applied' }] });
});

it('a shopper who denies consent after the upload has no refund sent', async () => {
  const identity = { forms: { emailMicrosoft: lateEmail }, clickIds: {}, anonymousId: 'us' };
  await testSite.deliver(createLateSale(testSite, '1001', { identity }));
  await round();
  const offsets = await testSite.deliver(refund('r-1', 25.4));
  const consent = { stated: 'denied', effective: 'denied' } as const;
  await testSite.append(testSite.event('w', { name: '$consent', identity, consent }));
  await expect.poll(async () => (await testSite.store.getProfiles(testSite.site, ['us'])).get('us')?.deniedAt).toBeDefined();
  await round(2 * dayMs);
  expect(changes).toEqual([]);
  expect(await testSite.getOutcomes(offsets)).toEqual(['consent-denied']);
});
