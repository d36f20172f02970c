import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectionConsumer } from '../../delivery/consumers/connection-consumer.ts';
import { waitUntil } from '../../delivery/delivery.fixture.ts';
import { type TestSite, TestStorage } from '../../delivery/test-site.fixture.ts';
import { dayMs } from '../../event/units.ts';
import { createTestApi, createTestClient, shop } from '../api.fixture.ts';
import type { ApiClient } from '../client.ts';

const replay = 'POST /api/sites/:site/connections/:connection/replay';
const endReplay = 'DELETE /api/sites/:site/connections/:connection/replay';
const retry = 'POST /api/sites/:site/connections/:connection/dead-letters/retry';
const drop = 'POST /api/sites/:site/connections/:connection/dead-letters/drop';

let storage: TestStorage;
let testSite: TestSite;
let consumer: ConnectionConsumer;
let ask: ApiClient;
let bing: { readonly site: string; readonly connection: string };

beforeAll(async () => {
  storage = await TestStorage.open();
});
afterAll(() => storage.close());
beforeEach(() => {
  testSite = storage.createSite(100);
  testSite.identity();
  consumer = testSite.connection().consumer;
  bing = { site: testSite.site, connection: 'bing' };
  const { log, store, clock } = testSite;
  const sites = () => [{ ...shop, id: testSite.site }];
  const control = (_: string, connection: string) => (connection === 'bing' ? consumer : undefined);
  ask = createTestClient(createTestApi({ log, store, sites, now: () => clock.now(), control }));
});
afterEach(() => testSite.dispose());

async function deliver(...ids: readonly string[]): Promise<readonly string[]> {
  const offsets = await testSite.append(
    ...ids.map((id) => testSite.event(id, id.startsWith('bad') ? { properties: { reject: true } } : {})),
  );
  await waitUntil(async () => (await testSite.getOutcomes(offsets)).every((outcome) => outcome !== undefined));
  return offsets;
}

describe('a replay', () => {
  it('starts once, appears in the list of connections, and can be stopped', async () => {
    await deliver('a', 'b');
    await consumer.pause();
    const period = { since: 0, until: testSite.clock.now() + dayMs };
    expect(await ask(replay, bing, { ...period, again: true })).toEqual({
      says: 'Replaying 2 reports, the oldest first. Delivered events are sent again.',
      events: 2,
    });
    await expect(ask(replay, bing, period)).rejects.toMatchObject({ code: 'replay-running' });
    const [running] = await ask('GET /api/connections');
    expect(running?.replay).toEqual({ ...period, passed: 0, sent: 0 });
    expect((await ask(endReplay, bing)).says).toContain('Replay stopped.');
    expect((await ask(endReplay, bing)).says).toBe('No replay is running.');
    const [over] = await ask('GET /api/connections');
    expect(over?.replay?.endedAt).toBeGreaterThan(0);
  });

  it('reports why one event is not sent', async () => {
    await deliver('a');
    const again = { eventId: 'a', again: true };
    expect(await ask(replay, bing, { eventId: 'a' })).toEqual({
      says: '1 event will not be sent: already delivered. Set `again` to send anyway.',
      events: 0,
    });
    expect(await ask(replay, bing, again)).toEqual({ says: '1 event will be sent.', events: 1 });
    await waitUntil(() => testSite.sender.accepted.length === 2);
    expect(testSite.sender.accepted).toEqual(['a', 'a']);
    await expect(ask(replay, bing, { eventId: 'nobody' })).rejects.toMatchObject({ code: 'no-such-event' });
  });

  it.each([
    [{}, 'since'],
    [{ since: 5 }, 'since'],
    [{ since: 5, until: 5 }, 'until'],
    [{ since: 1, until: 5, eventId: 'a' }, 'since'],
  ])('is rejected for %j with the field', async (body, field) => {
    await expect(ask(replay, bing, body)).rejects.toThrow(`\`${field}\` must be`);
  });
});

describe('failed events', () => {
  it('are listed with their offsets, and can be retried or dropped by them', async () => {
    const [first = '', second = ''] = await deliver('bad-1', 'bad-2');
    const { deadLetters } = await ask('GET /api/sites/:site/dead-letters', { site: testSite.site });
    expect(deadLetters.map((letter) => ('offset' in letter ? letter.offset : undefined)).sort()).toEqual([first, second]);
    expect(await ask(retry, bing, { offsets: [first] })).toEqual({ says: '1 event will be sent.', events: 1 });
    await waitUntil(async () => (await testSite.getOutcomes([first]))[0] === 'dead');
    expect(await ask(drop, bing, { offsets: [first] })).toEqual({ says: '1 event dropped.', events: 1 });
    expect(await ask(drop, bing, { all: true })).toMatchObject({ events: 1 });
    expect(await ask(drop, bing, { all: true })).toEqual({ says: 'There is no such failed event.', events: 0 });
    expect(await ask(retry, bing, { all: true })).toEqual({ says: 'There is no such failed event.', events: 0 });
  });

  it('are grouped by their reason, and can be retried or dropped by it', async () => {
    await deliver('bad-1', 'bad-2');
    const read = () => ask('GET /api/sites/:site/connections/:connection/dead-letters/groups', bing);
    const [group, ...others] = (await read()).groups;
    expect(others).toEqual([]);
    expect(group).toMatchObject({ cause: 'rejected', events: 2, sample: { eventId: 'bad-2' } });
    const reason = { cause: 'rejected' as const, code: group?.code ?? '' };
    const none = { says: 'There is no such failed event.', events: 0 };
    expect(await ask(retry, bing, { reason: { ...reason, cause: 'corrupt' } })).toEqual(none);
    expect(await ask(drop, bing, { reason: { ...reason, code: 'another' } })).toEqual(none);
    expect(await ask(retry, bing, { reason })).toEqual({ says: '2 events will be sent.', events: 2 });
    await waitUntil(async () => (await read()).groups[0]?.events === 2);
    expect(await ask(drop, bing, { reason })).toEqual({ says: '2 events dropped.', events: 2 });
    expect(await read()).toEqual({ groups: [], isWhole: true });
  });

  it.each([
    ['neither', {}],
    ['offsets and a reason', { offsets: ['1'], reason: { cause: 'rejected', code: '' } as const }],
    ['both', { offsets: ['1'], all: true as const }],
    ['an empty list', { offsets: [] }],
    ['an invalid offset', { offsets: ['x'] }],
  ])('reject a selection of %s', async (_, body) => {
    await expect(ask(drop, bing, body)).rejects.toMatchObject({ code: 'parameter-invalid' });
  });
});

it.each([replay, endReplay, retry, drop] as const)('%s answers an error without a running connection', async (address) => {
  const bodies = { [replay]: { eventId: 'a' }, [endReplay]: undefined, [retry]: { all: true }, [drop]: { all: true } } as const;
  const [method = '', path = ''] = address.split(' ');
  for (const connection of ['other', 'none']) {
    const filled = path.replace(':site', testSite.site).replace(':connection', connection);
    const { log, store } = testSite;
    const app = createTestApi({ log, store, sites: () => [{ ...shop, id: testSite.site }] });
    const body = bodies[address];
    const answer = await app.request(filled, { method, ...(body && { body: JSON.stringify(body) }) });
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('no-such-connection');
  }
});
