import { expect, it } from 'vitest';
import type { HttpRequest } from '../../destinations/kit/destination.ts';
import { minuteMs } from '../../event/units.ts';
import { waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { buildReply, getIds, isProbe } from '../tiny-platform.fixture.ts';

const storage = useTestStorage();
let testSite: TestSite;

const many = (count: number, prefix = 'e') => Array.from({ length: count }, (_, index) => testSite.event(`${prefix}${index}`));
const counts = () => testSite.store.countByOutcome(testSite.consumerId);
/** A firewall that blocks requests with such an event, and lets probes through. */
const firewall = (isBad: (id: string) => boolean) => (request: HttpRequest) =>
  !isProbe(request) && getIds(request).some(isBad) ? buildReply(403) : buildReply(200);
const open = (factor = 100) => {
  testSite = storage.createSite(factor);
  testSite.identity();
};

it('finds the one event that a firewall refuses, rejects it alone, and never pauses', async () => {
  open();
  testSite.sender.answer = firewall((id) => id === 'e37');
  const paused: boolean[] = [];
  await testSite.append(...many(100));
  testSite.connection({ onCommit: ({ state }) => paused.push(state.pause !== null) });
  await waitUntil(async () => (await counts()).delivered === 99 && (await counts()).dead === 1);
  expect(await testSite.store.listDeadLetters(testSite.consumerId, 10)).toMatchObject([
    { eventId: 'e37', cause: 'rejected', issues: [{ code: 'refused-by-a-firewall' }] },
  ]);
  expect(paused).not.toContain(true);
  expect(testSite.sender.requests.length).toBeLessThanOrEqual(64);
  const delivered = testSite.sender.deliveries.filter((request) => !getIds(request).includes('e37')).flatMap(getIds);
  expect(delivered.toSorted()).toEqual([...new Set(delivered)].toSorted());
  expect(delivered).toHaveLength(99);
});

it('pauses without failed events when the credential is refused too, even during the bisection', async () => {
  open(1_000);
  let isRevoked = false;
  const blocking = firewall((id) => id === 'e37');
  testSite.sender.answer = (request) => {
    isRevoked ||= testSite.sender.deliveries.length > 3;
    return isRevoked ? buildReply(403) : blocking(request);
  };
  await testSite.append(...many(100));
  testSite.connection();
  await waitUntil(async () => (await testSite.state()).pause?.cause === 'blocked');
  await testSite.pass(60 * minuteMs);
  expect((await counts()).dead).toBeUndefined();
  testSite.sender.answer = blocking;
  await waitUntil(async () => (await counts()).delivered === 99 && (await counts()).dead === 1);
});

it('continues the bisection after a restart', async () => {
  open();
  const { promise: isReached, resolve } = Promise.withResolvers<void>();
  const blocking = firewall((id) => id === 'e37');
  testSite.sender.answer = (request) => {
    if (testSite.sender.deliveries.length > 6) resolve();
    return blocking(request);
  };
  await testSite.append(...many(100));
  const first = testSite.connection();
  await isReached;
  await first.stop();
  testSite.connection();
  await waitUntil(async () => (await counts()).delivered === 99 && (await counts()).dead === 1);
});

it('rejects no event, and defers one batch at most, when the platform refuses every event and accepts the credential', async () => {
  open(1_000);
  testSite.sender.answer = firewall(() => true);
  const offsets = await testSite.append(...many(250));
  testSite.connection();
  await waitUntil(async () => (await testSite.state()).pause !== null);
  await testSite.pass(60 * minuteMs);
  expect((await counts()).dead).toBeUndefined();
  expect((await counts()).waiting).toBeLessThanOrEqual(100);
  testSite.sender.answer = () => buildReply(200);
  await waitUntil(async () => (await counts()).delivered === offsets.length);
  expect(await counts()).toEqual({ delivered: 250, waiting: 0 });
});

it("delivers the shop's reports before it has found the browser event that a firewall refuses", async () => {
  open();
  const isBad = (id: string) => id.startsWith('bad');
  testSite.sender.answer = firewall(isBad);
  await testSite.append(...many(60, 'bad'), testSite.event('sale', { reporter: 'server' }), ...many(20));
  testSite.connection();
  await waitUntil(async () => (await counts()).dead === 60 && (await counts()).delivered === 21);
  const isDelivery = (ids: readonly string[]) => ids.includes('sale') && !ids.some(isBad);
  const place = testSite.sender.requests.findIndex((request) => !isProbe(request) && isDelivery(getIds(request)));
  expect(place).toBeOneOf([0, 1, 2, 3, 4, 5]);
});

it('ends a request in doubt that a firewall refuses from then on', async () => {
  open(200);
  const blocking = firewall((id) => id === 'e7');
  testSite.sender.answer = (request, index) => (index === 0 ? { unknown: 'ECONNRESET' } : blocking(request));
  await testSite.append(...many(20));
  testSite.connection();
  await waitUntil(async () => (await counts()).delivered === 19 && (await counts()).dead === 1);
  expect(await testSite.store.getOpenAttempt(testSite.consumerId)).toBeUndefined();
});
