import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { MatchCount } from '../storage/store/match-counts.ts';
import { buildReply, createSha256, type TestSite, TestStorage, tinyPlatform, waitUntil } from './delivery.fixture.ts';

let engines: TestStorage;
let bench: TestSite;

beforeAll(async () => {
  engines = await TestStorage.open();
});
afterAll(() => engines.close());
beforeEach(() => {
  bench = engines.bench(20);
  return () => bench.dispose();
});

const identity = { forms: { emailPlain: createSha256('a') }, clickIds: {}, anonymousId: 'v' };
const known = () => bench.event('known', { name: 'Lead', identity });
const unknown = () => bench.event('unknown', { name: 'Lead', reporter: 'server' });

/** The expected counts of both events: their keys, and the reasons for the missing ones. */
const ofBoth = {
  eventName: 'Lead',
  delivered: 2,
  had: { email: 1, visitor: 1 },
  lacked: {
    msclkid: { 'no-click': 1, 'no-visitor': 1 },
    email: { 'no-visitor': 1 },
    phone: { 'not-collected': 1, 'no-visitor': 1 },
    visitor: { 'no-visitor': 1 },
    'external-id': { 'not-signed-in': 2 },
    address: { 'not-told': 1, 'server-without': 1 },
    agent: { 'not-told': 1, 'server-without': 1 },
  },
};

async function counted(): Promise<readonly MatchCount[]> {
  return bench.store.getMatchCounts(bench.consumerId, '0000-00-00', '9999-12-31');
}

it('deliveries are counted on the day of the event', async () => {
  bench.identity();
  bench.connection();
  const events = [known(), unknown()];
  await bench.append(...events);
  await waitUntil(async () => (await counted())[0]?.delivered === 2);
  const day = new Date(events[0]?.time ?? 0).toISOString().slice(0, 10);
  expect(await counted()).toEqual([{ day, ...ofBoth }]);
});

it('a request that is sent again without a known result is counted once, with the keys of its events', async () => {
  bench.sender.answer = (_, index) => (index < 2 ? { unknown: 'ECONNRESET' } : buildReply(200));
  bench.identity();
  bench.connection();
  await bench.append(known(), unknown());
  await waitUntil(() => bench.sender.accepted.length === 2);
  await waitUntil(async () => (await counted())[0]?.delivered === 2);
  expect(bench.sender.deliveries.length).toBeGreaterThan(2);
  expect(await counted()).toMatchObject([ofBoth]);
});

it('events of bisected, refused or deferred requests are not counted, and the remaining ones are counted once', async () => {
  bench.sender.answer = (_, index) => buildReply(index === 0 ? 413 : index === 1 ? 400 : 200, '{"bad":[0]}');
  bench.identity();
  bench.connection({ destination: { ...tinyPlatform, limits: { ...tinyPlatform.limits, batchSize: 4 } } });
  await bench.append(...['a', 'b', 'c', 'd'].map((id) => bench.event(id, { name: 'Lead', identity })));
  await waitUntil(() => bench.sender.accepted.length === 3);
  await waitUntil(async () => (await counted())[0]?.delivered === 3);
  expect(await counted()).toMatchObject([{ delivered: 3, had: { email: 3, visitor: 3 } }]);
});
