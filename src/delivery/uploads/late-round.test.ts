import { beforeEach, expect, it } from 'vitest';
import type { Event } from '../../event/event.ts';
import type { LateCallResult, LateConversion, LateVerdict } from '../../event/late-conversion.ts';
import { dayMs, hourMs } from '../../event/units.ts';
import { parseUploadState } from '../../storage/ports/upload-state.ts';
import type { ConnectionConsumer } from '../consumers/connection-consumer.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { createLateSale, lateEmail as email, latePlatform } from './late-platform.fixture.ts';
import { runLateRound } from './late-round.ts';

const storage = useTestStorage();
let testSite: TestSite;
let consumer: ConnectionConsumer;
let calls: (readonly LateConversion[])[];
let answer: (conversions: readonly LateConversion[]) => LateCallResult;
let passedMs: number;

beforeEach(() => {
  testSite = storage.createSite(50);
  testSite.identity();
  ({ consumer } = testSite.connection({ destination: latePlatform }));
  [calls, passedMs] = [[], 0];
  answer = (conversions) => ({ verdicts: conversions.map(() => 'taken' as const), trackingId: 'track' });
});

const sale = (id: string, more: Partial<Event> = {}) => createLateSale(testSite, id, more);

const round = (goal = { name: 'Late', isEnhanced: true }, afterMs = 0) => {
  passedMs += afterMs;
  return runLateRound(
    {
      ...{ site: testSite.site, connection: 'bing', goal, maxAgeMs: 90 * dayMs, by: 'grant' },
      async send(conversions) {
        calls.push(conversions);
        return answer(conversions);
      },
      settle: ({ orderIds, ...settlement }) =>
        consumer.settleUploads({ ...settlement, orders: orderIds.map((orderId) => ({ orderId, offset: '', left: 0 })) }),
    },
    { store: testSite.store, now: () => testSite.clock.now() + passedMs },
  );
};
const row = async (id: string) => (await testSite.store.listOrderUploads(testSite.site, [id]))[0];
const always = (verdict: LateVerdict) => (conversions: readonly LateConversion[]) => ({
  verdicts: conversions.map(() => verdict),
});

it('a purchase that was too old on arrival is uploaded once, and its outcome stays', async () => {
  const offsets = await testSite.deliver(sale('1001'));
  expect(await testSite.getOutcomes(offsets)).toEqual(['too-old-on-arrival']);
  await round();
  await round();
  expect(calls).toMatchObject([[{ clickId: 'click', email, value: 125.4 }]]);
  expect(await row('1001')).toMatchObject({ state: 'uploaded', tries: 1, answer: { trackingId: 'track' } });
  expect(JSON.parse((await row('1001'))?.content ?? '')).toMatchObject({ goal: 'Late' });
  expect(await testSite.getOutcomes(offsets)).toEqual(['too-old-on-arrival']);
  expect(await testSite.store.listDeadLetters(testSite.consumerId, 10)).toEqual([]);
  expect(await testSite.countUnaccounted()).toBe(0);
});

it('an order that the connection delivered is not uploaded when the shop reports it again weeks later', async () => {
  await testSite.deliver(sale('1001', { time: testSite.clock.now() }));
  // The events are not compared any more, as after eight days.
  const again = { ...sale('1001'), id: 'again-1001' };
  expect(await testSite.getOutcomes(await testSite.deliver(again))).toEqual(['duplicate']);
  expect(await row('1001')).toBeUndefined();
});

it("a purchase without consent is not uploaded, nor is a crawler's, and both say why", async () => {
  const denied = { stated: 'denied', effective: 'denied' } as const;
  const offsets = await testSite.deliver(sale('1', { consent: denied }), sale('2', { bot: true }));
  expect(await testSite.getOutcomes(offsets)).toEqual(['too-old-on-arrival', 'too-old-on-arrival']);
  const outcomes = await testSite.store.getOutcomes(testSite.consumerId, offsets);
  for (const offset of offsets) expect(outcomes.get(offset)?.issues).toMatchObject([{ code: 'not-uploaded' }]);
});

it('a purchase without a click id needs an enhanced goal', async () => {
  await testSite.deliver(sale('1001', { identity: { forms: { emailMicrosoft: email }, clickIds: {} } }));
  await round({ name: 'Late', isEnhanced: false });
  expect(calls).toEqual([]);
  expect(await row('1001')).toMatchObject({ state: 'dead', tries: 0, answer: { code: 'no-click-id' } });
});

it('a refused click id is left out once, and refuses a row without hashes', async () => {
  answer = always({ clickIdRefused: { code: '5604', message: 'No.' } });
  await testSite.deliver(sale('1'), sale('2', { identity: { forms: {}, clickIds: { msclkid: { value: 'click', at: 1 } } } }));
  await round();
  expect([(await row('1'))?.state, (await row('2'))?.state]).toEqual(['waiting', 'refused']);
  await round();
  expect(calls[1]).toHaveLength(1);
  expect(calls[1]?.[0]).not.toHaveProperty('clickId');
  expect(await row('1')).toMatchObject({ state: 'refused', tries: 2 });
});

it('a failure pauses the uploads, and a refused row does not', async () => {
  await testSite.deliver(sale('1001'));
  answer = () => ({ failure: { code: '5612', message: 'Later.', pause: 'backoff' } });
  await round();
  await round();
  expect(calls).toHaveLength(1);
  const state = parseUploadState(await testSite.store.getUploadState(testSite.consumerId));
  expect(state.pause).toMatchObject({ code: '5612', reason: 'backoff' });
  answer = always({ refused: { code: '5609', message: 'Too old.' } });
  await round(undefined, hourMs);
  expect(await row('1001')).toMatchObject({ state: 'refused', answer: { code: '5609' }, tries: 2 });
  expect(parseUploadState(await testSite.store.getUploadState(testSite.consumerId)).pause).toBeUndefined();
});

it('a purchase that waited for more than 90 days is not uploaded any more', async () => {
  await testSite.deliver(sale('1001'));
  await round(undefined, 71 * dayMs);
  expect(await row('1001')).toMatchObject({ state: 'dead', answer: { code: 'too-old' } });
});

it('purchases that retention removes before the connection reads them are uploaded, and their refunds are deducted', async () => {
  await consumer.pause();
  const paused = createLateSale(testSite, '1001');
  const offsets = await testSite.append(
    paused,
    { ...paused, id: 'denied', consent: { stated: 'denied', effective: 'denied' } },
    testSite.event('r-1', {
      ...{ name: 'Refund', reporter: 'server', notSent: 'record-only' },
      commerce: { orderId: '1001', value: 25.4, currency: 'EUR' },
    }),
  );
  await expect.poll(() => testSite.store.getIdentityCursor(testSite.site)).toBe(offsets.at(-1));
  await consumer.expire(offsets.at(-1) ?? '');
  await testSite.log.trim(testSite.site, offsets.at(-1) ?? '');
  await consumer.expire(offsets.at(-1) ?? '');
  expect((await testSite.state()).cursor).toBe(offsets.at(-1));
  await round();
  await round();
  expect(calls).toMatchObject([[{ clickId: 'click', email, value: 100 }]]);
});

it('a purchase that cannot be planned before retention removes it is counted as lost', async () => {
  await consumer.pause();
  const [offset = ''] = await testSite.append(createLateSale(testSite, '1001', { properties: { poison: true } }));
  await expect.poll(() => testSite.store.getIdentityCursor(testSite.site)).toBe(offset);
  await consumer.expire(offset);
  await round();
  expect(calls).toEqual([]);
  expect(await row('1001')).toMatchObject({ state: 'dead', tries: 0, answer: { code: 'removed-unread' } });
});
