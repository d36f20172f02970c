import { beforeEach, expect, it } from 'vitest';
import { acme } from '../destinations/kit/acme.fixture.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { MatchCount } from '../storage/ports/match-counts.ts';
import { createSha256, waitUntil } from './delivery.fixture.ts';
import { type TestSite, useTestStorage } from './test-site.fixture.ts';
import { buildReply, mapTo, tinyPlatform } from './tiny-platform.fixture.ts';

const storage = useTestStorage();
let testSite: TestSite;

beforeEach(() => {
  testSite = storage.createSite(20);
});

const identity = { forms: { emailPlain: createSha256('a') }, clickIds: {}, anonymousId: 'v' };
const known = () => testSite.event('known', { name: 'Lead', identity });
const unknown = () => testSite.event('unknown', { name: 'Lead', reporter: 'server' });

/** The expected counts of both events: their keys, and the reasons for the missing ones. */
const ofBoth = {
  eventName: 'Lead',
  delivered: 2,
  had: { mail: 1 },
  lacked: {
    ref: { 'no-click': 1, 'no-visitor': 1 },
    mail: { 'no-visitor': 1 },
    device: { 'no-cookie': 1, 'no-visitor': 1 },
    net: { 'not-told': 1, 'server-without': 1 },
  },
};

/** A destination with the match keys of an invented platform. */
const keyedPlatform: BoundDestination = {
  ...tinyPlatform,
  matching: acme.matching,
  map: ({ id, identity: { forms } }) =>
    mapTo({ id, who: [{ ...(forms.emailPlain !== undefined && { mail_hash: forms.emailPlain }) }] }),
};

async function counted(): Promise<readonly MatchCount[]> {
  return testSite.store.getMatchCounts(testSite.consumerId, '0000-00-00', '9999-12-31');
}

it('deliveries are counted on the day of the event', async () => {
  testSite.identity();
  testSite.connection({ destination: keyedPlatform });
  const events = [known(), unknown()];
  await testSite.append(...events);
  await waitUntil(async () => (await counted())[0]?.delivered === 2);
  const day = new Date(events[0]?.time ?? 0).toISOString().slice(0, 10);
  expect(await counted()).toEqual([{ day, ...ofBoth }]);
});

it('a request that is sent again without a known result is counted once, with the keys of its events', async () => {
  testSite.sender.answer = (_, index) => (index < 2 ? { unknown: 'ECONNRESET' } : buildReply(200));
  testSite.identity();
  testSite.connection({ destination: keyedPlatform });
  await testSite.append(known(), unknown());
  await waitUntil(() => testSite.sender.accepted.length === 2);
  await waitUntil(async () => (await counted())[0]?.delivered === 2);
  expect(testSite.sender.deliveries.length).toBeGreaterThan(2);
  expect(await counted()).toMatchObject([ofBoth]);
});

it('events of bisected, refused or deferred requests are not counted, and the remaining ones are counted once', async () => {
  testSite.sender.answer = (_, index) => buildReply(index === 0 ? 413 : index === 1 ? 400 : 200, '{"bad":[0]}');
  testSite.identity();
  testSite.connection({ destination: { ...keyedPlatform, limits: { ...tinyPlatform.limits, batchSize: 4 } } });
  await testSite.append(...['a', 'b', 'c', 'd'].map((id) => testSite.event(id, { name: 'Lead', identity })));
  await waitUntil(() => testSite.sender.accepted.length === 3);
  await waitUntil(async () => (await counted())[0]?.delivered === 3);
  expect(await counted()).toMatchObject([{ delivered: 3, had: { mail: 3 } }]);
});
