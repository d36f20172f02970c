import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { createSha256, waitUntil } from '../../delivery/delivery.fixture.ts';
import { reportMatchKeys } from '../../delivery/planning/report-match-keys.ts';
import { type TestSite, TestStorage } from '../../delivery/test-site.fixture.ts';
import { buildReply, isQuestion, laterPlatform } from '../../delivery/tiny-platform.fixture.ts';
import { acme, connectAcme } from '../../destinations/kit/acme.fixture.ts';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { getLocalDay } from '../../event/time-zone.ts';
import { createTestApi, createTestClient, shop } from '../api.fixture.ts';
import type { ApiClient } from '../client.ts';

/** The answers about a connection to an invented platform, whose fields and keys are those of no real one. */

const mail = createSha256('a');
const address = '203.0.113.77';
/** The sender of the tests reads bodies that are lists. */
const destination: BoundDestination = {
  ...connectAcme(),
  encode: (texts) => ({ method: 'POST', url: 'https://acme.example/events', headers: {}, body: `[${texts.join(',')}]` }),
  unpack: (body) => JSON.parse(body),
};

let storage: TestStorage;
let testSite: TestSite;
let ask: ApiClient;

beforeAll(async () => {
  storage = await TestStorage.open();
  testSite = storage.createSite(100);
  testSite.identity();
  testSite.connection({ destination });
  const { log, store, clock } = testSite;
  const connections = [{ id: 'bing', destination: acme.id, enabled: true, settings: {} }];
  ask = createTestClient(
    createTestApi({
      log,
      store,
      now: () => clock.now(),
      sites: () => [{ ...shop, id: testSite.site, connections }],
      getPlatform: () => destination,
      getMatchKeyReport: (site, offset) => reportMatchKeys(log, store, site, offset),
    }),
  );
  const person = { forms: { emailPlain: mail }, clickIds: {}, browserIds: { _acme: 'device-1234' } };
  const bought = { name: 'Purchase', reporter: 'webhook', commerce: { orderId: 'o-1', value: 9 } } as const;
  await testSite.append(
    testSite.event('o-1', { ...bought, identity: person, client: { ip: address } }),
    testSite.event('unknown', { name: 'Lead', reporter: 'server' }),
  );
  await waitUntil(async () => {
    const counts = await store.countByOutcome(testSite.consumerId);
    return counts.delivered === 1 && counts['no-identifier'] === 1;
  });
});
afterAll(async () => {
  await testSite.dispose();
  storage.close();
});

it('a timeline shows the payload with personal values masked, and the missing keys of the platform', async () => {
  const timelines = await ask('GET /api/sites/:site/timelines', { site: testSite.site, id: 'o-1' });
  const [connection] = timelines[0]?.connections ?? [];
  expect(connection).toMatchObject({
    platform: 'Acme Ads',
    outcome: 'delivered',
    missing: [{ key: 'ref', label: 'Click reference', path: 'who.*.click_ref', remedy: expect.stringContaining('`_cv_id`') }],
    checks: [{ title: 'Acme got the ref', answer: 'no' }],
  });
  expect(connection?.attempts[0]?.payload).toEqual({
    uid: 'o-1',
    kind: 'purchase',
    total: 9,
    who: [{ mail_hash: '*** (SHA-256)', device: '***', net: '***' }],
  });
  for (const planted of [mail, address, 'device-1234', 'acme-secret']) expect(JSON.stringify(timelines)).not.toContain(planted);
});

it('a skip is explained in the words of the platform', async () => {
  const [timeline] = await ask('GET /api/sites/:site/timelines', { site: testSite.site, id: 'unknown' });
  const says = 'Acme cannot match this event. Send a mail address.';
  expect(timeline?.connections).toMatchObject([{ outcome: 'no-identifier', says, attempts: [], missing: [] }]);
  const { events } = await ask('GET /api/sites/:site/events', { site: testSite.site });
  expect(events.flatMap(({ outcomes }) => outcomes.map((one) => one.says))).toEqual(['Delivered.', says]);
});

it('match quality has the keys of the platform with their labels', async () => {
  const day = getLocalDay(testSite.clock.now(), 'UTC');
  const [view] = await ask('GET /api/sites/:site/match-quality', { site: testSite.site, since: '1970-01-01', until: day });
  expect(view).toMatchObject({ connection: 'bing', platform: 'Acme Ads', all: { delivered: 1 } });
  expect(view?.all.keys.map(({ key, label, events }) => [key, label, events])).toEqual([
    ['ref', 'Click reference', 0],
    ['mail', 'Mail', 1],
    ['device', 'Device', 1],
    ['net', 'Network', 1],
  ]);
});

it('a timeline has the ticket of a request that awaits its verdict, and the time of the next question', async () => {
  const later = storage.createSite(100);
  onTestFinished(() => later.dispose());
  later.sender.answer = (request) =>
    isQuestion(request) ? buildReply(200, '{"still":true}') : buildReply(202, '{"ticket":"t-7"}');
  later.identity();
  later.connection({ destination: laterPlatform });
  const { log, store, clock, site } = later;
  const askLater = createTestClient(
    createTestApi({
      log,
      store,
      now: () => clock.now(),
      sites: () => [{ ...shop, id: site, connections: [{ id: 'bing', destination: 'later', enabled: true, settings: {} }] }],
      getPlatform: () => laterPlatform,
      getMatchKeyReport: (of, offset) => reportMatchKeys(log, store, of, offset),
    }),
  );
  await later.append(later.event('o-2'));
  await waitUntil(async () => (await store.countByOutcome(later.consumerId))['awaiting-verdict'] === 1);
  const [timeline] = await askLater('GET /api/sites/:site/timelines', { site, id: 'o-2' });
  const [attempt] = timeline?.connections[0]?.attempts ?? [];
  expect(attempt).toMatchObject({ result: 'awaiting-verdict', receipt: { ticket: 't-7' } });
  const { receivedAt = 0, askAt = 0 } = attempt?.receipt ?? {};
  expect(askAt).toBeGreaterThan(receivedAt);
});

it.each([
  [2, true],
  [2.01, false],
])('a check of goals %d days ago concerns an accepted event: %s', async (days, isKnown) => {
  const { log, store, clock } = testSite;
  const now = clock.now();
  const checkedAt = now - days * 86_400_000;
  const seen: unknown[] = [];
  const whyNot: BoundDestination['whyNot'] = ({ goals }) => {
    seen.push(goals);
    return [];
  };
  const connections = [{ id: 'bing', destination: acme.id, enabled: true, settings: {} }];
  const askAbout = createTestClient(
    createTestApi({
      ...{ log, store, now: () => now, sites: () => [{ ...shop, id: testSite.site, connections }] },
      getPlatform: () => ({ ...destination, whyNot }),
      readAccount: async (_, { id }) => (id === 'bing' ? { checkedAt, uncounted: [{ name: 'sale' }] } : undefined),
    }),
  );
  await askAbout('GET /api/sites/:site/timelines', { site: testSite.site, id: 'o-1' });
  expect(seen).toEqual([isKnown ? { checkedAt, uncounted: [{ name: 'sale' }] } : undefined]);
});
