import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import { minuteMs } from '../event/units.ts';
import { createConsumerSite, waitUntil } from './delivery.fixture.ts';
import { type TestSite, useTestStorage } from './test-site.fixture.ts';
import { buildReply, getIds, tinyPlatform } from './tiny-platform.fixture.ts';

const payloadSchema = z.object({ id: z.string(), url: z.string() });
const getGroup = (payload: unknown) => payloadSchema.parse(payload).url;

/** A platform that takes the events of one page in each request. */
const groupedPlatform: BoundDestination = {
  ...tinyPlatform,
  map(mapped) {
    const result = tinyPlatform.map(mapped);
    return 'payload' in result ? { ...result, group: getGroup(result.payload) } : result;
  },
};

let testSite: TestSite;
const storage = useTestStorage();

const event = (id: string, group: string, more = {}) => testSite.event(id, { page: { url: group }, ...more });
const getGroups = ({ body }: { body: string }) => [...new Set(z.array(payloadSchema).parse(JSON.parse(body)).map(getGroup))];
const delivered = (ids: readonly string[]) => waitUntil(() => ids.every((id) => testSite.sender.accepted.includes(id)));

describe('payloads of several groups', () => {
  it('never share a request, arrive once, and keep their order within a group', async () => {
    testSite = storage.createSite(100);
    const events = Array.from({ length: 250 }, (_, index) => event(`e${index}`, ['a', 'b', 'c'][index % 3] ?? ''));
    await testSite.append(...events);
    testSite.identity();
    testSite.connection({ destination: groupedPlatform });
    await delivered(events.map(({ id }) => id));
    expect(testSite.sender.requests.map((request) => getGroups(request).length)).not.toContain(2);
    expect(testSite.sender.accepted).toHaveLength(250);
    for (const group of ['a', 'b', 'c']) {
      const expected = events.filter(({ page }) => page.url === group).map(({ id }) => id);
      expect(testSite.sender.accepted.filter((id) => expected.includes(id))).toEqual(expected);
    }
    await waitUntil(async () => (await testSite.store.countByOutcome(testSite.consumerId)).waiting === 0);
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toEqual({ delivered: 250, waiting: 0 });
    expect(testSite.sender.requests.length).toBeLessThan(12);
  });

  it('do not starve a small group behind a large one', async () => {
    testSite = storage.createSite(100);
    const large = Array.from({ length: 600 }, (_, index) => event(`a${index}`, 'a'));
    await testSite.append(...large.slice(0, 5), event('rare', 'b'), ...large.slice(5));
    testSite.identity();
    testSite.connection({ destination: groupedPlatform });
    await delivered(['rare', 'a599']);
    expect(testSite.sender.requests.findIndex((request) => getIds(request).includes('rare'))).toBeLessThan(3);
  });

  it('send another group while one group is refused, and bisect the refused one', async () => {
    testSite = storage.createSite(2_000);
    const events = Array.from({ length: 40 }, (_, index) => event(`e${index}`, index % 2 === 0 ? 'a' : 'b'));
    const offsets = await testSite.append(...events);
    testSite.sender.answer = (request) => buildReply(getIds(request).includes('e10') ? 413 : 200);
    testSite.identity();
    testSite.connection({ destination: groupedPlatform });
    await delivered(events.map(({ id }) => id).filter((id) => id !== 'e10'));
    await waitUntil(async () => (await testSite.getOutcomes(offsets)).includes('dead'));
    expect(await testSite.getOutcomes([offsets[10] ?? '', offsets[11] ?? ''])).toEqual(['dead', 'delivered']);
    expect(testSite.sender.requests.every((request) => getGroups(request).length === 1)).toBe(true);
  });

  it('wait only for their own retries when the platform fails once', async () => {
    testSite = storage.createSite(200);
    await testSite.append(event('a1', 'a'), event('b1', 'b'), event('a2', 'a'));
    testSite.sender.answer = (_, index) => buildReply(index === 1 ? 503 : 200);
    testSite.identity();
    testSite.connection({ destination: groupedPlatform });
    await delivered(['a1', 'a2', 'b1']);
    expect(testSite.sender.accepted).toEqual(['a1', 'a2', 'b1']);
  });

  it('are resent by group when a request is in doubt', async () => {
    testSite = storage.createSite(100);
    const offsets = await testSite.append(event('a1', 'a'), event('b1', 'b'), event('a2', 'a'));
    testSite.sender.answer = (_, index) => (index === 0 ? { unknown: 'ECONNRESET' } : buildReply(200));
    testSite.identity();
    testSite.connection({ destination: groupedPlatform });
    await delivered(['a1', 'a2', 'b1']);
    expect(testSite.sender.requests.map(getIds)).toEqual([['a1', 'a2'], ['a1', 'a2'], ['b1']]);
    await waitUntil(async () => (await testSite.getOutcomes(offsets)).every((outcome) => outcome === 'delivered'));
  });

  it('overtake a backlog by group if a server reported them', async () => {
    testSite = storage.createSite(100);
    const site = createConsumerSite(testSite.site, 0);
    const browsers = Array.from({ length: 500 }, (_, index) => event(`e${index}`, index % 2 === 0 ? 'a' : 'b'));
    const trusted = ['a', 'b', 'a', 'b'].map((group, index) => event(`s${index}`, group, { reporter: 'server', name: 'Lead' }));
    await testSite.append(...browsers, ...trusted);
    testSite.identity();
    testSite.connection({ destination: groupedPlatform, site });
    await delivered([...browsers, ...trusted].map(({ id }) => id));
    const last = trusted.map(({ id }) => testSite.sender.requests.findIndex((request) => getIds(request).includes(id)));
    expect(Math.max(...last)).toBeLessThan(6);
    expect(testSite.sender.accepted).toHaveLength(504);
  });
});

describe('a replay of payloads of several groups', () => {
  it('sends each group in requests of its own', async () => {
    testSite = storage.createSite(200);
    const from = testSite.clock.now();
    const offsets = await testSite.append(event('a1', 'a'), event('b1', 'b'), event('a2', 'a'), event('b2', 'b'));
    testSite.identity();
    const { consumer } = testSite.connection({ destination: groupedPlatform });
    await waitUntil(async () => (await testSite.getOutcomes(offsets)).every((outcome) => outcome === 'delivered'));
    testSite.sender.accepted.length = 0;
    await consumer.replays.replay({ since: from - minuteMs, until: testSite.clock.now() + minuteMs, again: true });
    await delivered(['a1', 'a2', 'b1', 'b2']);
    expect(testSite.sender.requests.every((request) => getGroups(request).length === 1)).toBe(true);
  });
});
