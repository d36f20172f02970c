import type { Hono } from 'hono';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitUntil } from '../../delivery/delivery.fixture.ts';
import { type TestSite, TestStorage } from '../../delivery/test-site.fixture.ts';
import { buildReply } from '../../delivery/tiny-platform.fixture.ts';
import { minuteMs } from '../../event/units.ts';
import { createTestApi, createTestClient, shop } from '../api.fixture.ts';
import type { AdminEnv } from '../http/handler.ts';
import type { Access } from '../http/site-roles.ts';
import type { EventRow } from './schemas.ts';

let storage: TestStorage;
let testSite: TestSite;
let stopping: AbortController;
let app: Hono<AdminEnv>;

beforeAll(async () => {
  storage = await TestStorage.open();
});
afterAll(() => storage.close());
beforeEach(() => {
  openBench(100);
});
afterEach(async () => {
  stopping.abort();
  await testSite.dispose();
});

function openBench(factor: number): void {
  testSite = storage.createSite(factor);
  stopping = new AbortController();
  const { log, store, clock } = testSite;
  const [connection] = shop.connections;
  const site = { ...shop, id: testSite.site, connections: connection ? [connection] : [] };
  app = createTestApi({ log, store, sites: () => [site], now: () => clock.now(), stopping: stopping.signal });
}

interface StreamedRow {
  readonly id?: string;
  readonly row: EventRow;
}

/** A client of the event stream. */
class Listener {
  readonly received: StreamedRow[] = [];
  comments = 0;
  hasEnded = false;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(answer: Response) {
    if (!answer.body) throw new Error('a stream has a body');
    this.#reader = answer.body.getReader();
    void this.#read();
  }

  /** Returns the id of each row and its outcome at the only connection. */
  get rows(): string[] {
    return this.received.map(({ row }) => `${'gone' in row ? 'gone' : row.id} ${row.outcomes[0]?.outcome ?? 'none'}`);
  }

  leave(): Promise<void> {
    return this.#reader.cancel();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for (;;) {
      const { value, done } = await this.#reader.read();
      if (done) break;
      text += decoder.decode(value);
      const frames = text.split('\n\n');
      text = frames.pop() ?? '';
      for (const frame of frames) this.#take(frame.split('\n'));
    }
    this.hasEnded = true;
  }

  #take(lines: readonly string[]): void {
    const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    const data = field('data');
    const id = field('id');
    if (lines[0]?.startsWith(':')) this.comments += 1;
    if (data !== undefined) this.received.push({ ...(id !== undefined && { id }), row: JSON.parse(data) });
  }
}

async function listen(after?: string, headers: Record<string, string> = {}): Promise<Listener> {
  const query = after === undefined ? '' : `?after=${after}`;
  const answer = await app.request(`/api/sites/${testSite.site}/stream${query}`, { headers });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  return new Listener(answer);
}

const page = () => createTestClient(app)('GET /api/sites/:site/events', { site: testSite.site, limit: 1_000 });

describe('the stream of events', () => {
  it('sends new events, and sends them again with their outcomes', async () => {
    await testSite.append(testSite.event('old'));
    const listener = await listen();
    await waitUntil(() => listener.comments > 0);
    const [offset] = await testSite.append(testSite.event('new'));
    await waitUntil(() => listener.rows.length > 0);
    expect(listener.rows).toEqual(['new undelivered']);
    expect(listener.received[0]?.id).toBe(offset);
    testSite.identity();
    testSite.connection();
    await waitUntil(() => listener.rows.includes('old delivered') && listener.rows.includes('new delivered'));
    expect(listener.received.filter(({ id }) => id !== undefined)).toHaveLength(1);
    const [, , third] = listener.received;
    expect((await page()).events).toContainEqual(third?.row);
  });

  it('continues after a list without gaps', async () => {
    testSite.identity();
    testSite.sender.answer = () => buildReply(503);
    testSite.connection();
    const [first = ''] = await testSite.append(testSite.event('a'));
    const { through } = await page();
    expect(through).toBe(first);
    await testSite.append(testSite.event('b'), testSite.event('c'));
    testSite.sender.answer = () => buildReply(200);
    const listener = await listen(through);
    await waitUntil(() => ['a', 'b', 'c'].every((id) => listener.rows.includes(`${id} delivered`)));
    const firstIds = listener.received.flatMap(({ id, row }) => (id === undefined || 'gone' in row ? [] : [row.id]));
    expect(firstIds).toEqual(['b', 'c']);
  });

  it('continues after the list of an empty log', async () => {
    const { through } = await page();
    await testSite.append(testSite.event('first'));
    const listener = await listen(through);
    await waitUntil(() => listener.rows.includes('first undelivered'));
  });

  it('resumes after a lost connection by Last-Event-ID', async () => {
    const [first = '', second = ''] = await testSite.append(testSite.event('a'), testSite.event('b'));
    const listener = await listen('0000000000000000', { 'last-event-id': first });
    await waitUntil(() => listener.received.some(({ id }) => id === second));
    expect(listener.received.some(({ id }) => id === first)).toBe(false);
    const answer = await app.request(`/api/sites/${testSite.site}/stream`, { headers: { 'last-event-id': 'elsewhere' } });
    expect(answer.status).toBe(400);
  });

  it('reports an event that is erased while it is open', async () => {
    const [offset = ''] = await testSite.append(testSite.event('a'));
    const listener = await listen(offset);
    await waitUntil(() => listener.rows.includes('a undelivered'));
    await testSite.log.redact(testSite.site, [offset]);
    await testSite.store.beginErasure({ site: testSite.site, offsets: [offset], visitors: [], now: testSite.clock.now() });
    testSite.identity();
    testSite.connection();
    await waitUntil(() => listener.rows.includes('gone erased'));
  });

  it('sends comments while idle, and ends after ten minutes', async () => {
    const listener = await listen();
    await waitUntil(() => listener.comments >= 2);
    expect(listener.received).toEqual([]);
    await waitUntil(() => listener.hasEnded);
  });

  it('is open at most 32 times', async () => {
    openBench(1);
    const listeners: Listener[] = [];
    for (let count = 0; count < 32; count += 1) listeners.push(await listen());
    expect((await app.request(`/api/sites/${testSite.site}/stream`)).status).toBe(429);
    await listeners[0]?.leave();
    listeners.push(await listen());
    expect((await app.request(`/api/sites/${testSite.site}/stream`)).status).toBe(429);
    stopping.abort();
    await waitUntil(() => listeners.slice(1).every(({ hasEnded }) => hasEnded));
  });

  it('is open at most 4 times per session, and 16 times per account', async () => {
    const open = (caller: { readonly account?: string; readonly session?: string }) =>
      app.request(`/api/sites/${testSite.site}/stream`, {}, caller);
    const vic = (session: number) => ({ account: 'vic', session: `s${session}` });
    const [first, ...others] = await Promise.all([1, 1, 1, 1].map((session) => open(vic(session))));
    expect([first, ...others].map((answer) => answer?.status)).toEqual([200, 200, 200, 200]);
    expect((await open(vic(1))).status).toBe(429);
    await first?.body?.cancel();
    expect((await open(vic(1))).status).toBe(200);
    for (const session of [2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4]) expect((await open(vic(session))).status).toBe(200);
    expect((await open(vic(5))).status).toBe(429);
    expect((await open({ account: 'ada', session: 's9' })).status).toBe(200);
    for (let count = 17; count < 32; count += 1) expect((await open({})).status, 'on the socket').toBe(200);
    expect((await open({})).status).toBe(429);
  });

  it.each([
    ['loses its role on the site', { role: 'per-site', sites: [{ site: 'other', role: 'viewer' }] } as const],
    ['is signed out', undefined],
  ])('ends before the next event if the account %s', async (_, after) => {
    let access: Access | undefined = { role: 'per-site', sites: [{ site: testSite.site, role: 'viewer' }] };
    const caller = { account: 'vic', session: 's1', access, readAccess: async () => access };
    const listener = new Listener(await app.request(`/api/sites/${testSite.site}/stream`, {}, caller));
    await testSite.append(testSite.event('before'));
    await waitUntil(() => listener.rows.length > 0);
    access = after;
    await testSite.append(testSite.event('after'));
    await waitUntil(() => listener.hasEnded);
    expect(listener.rows).toEqual(['before undelivered']);
  });

  it('is closed if its reader is too slow', async () => {
    openBench(1);
    const opened = await Promise.all(Array.from({ length: 32 }, () => app.request(`/api/sites/${testSite.site}/stream`)));
    expect(opened.every(({ status }) => status === 200)).toBe(true);
    expect((await app.request(`/api/sites/${testSite.site}/stream`)).status).toBe(429);
    testSite.clock.jump(21 * minuteMs);
    await listen();
  });

  it('sends an erased event once, even if one connection has not processed it and another holds it', async () => {
    openBench(100);
    testSite.identity();
    const { consumer } = testSite.connection();
    const [offset = ''] = await testSite.append(testSite.event('a'));
    await waitUntil(async () => (await testSite.getOutcomes([offset]))[0] === 'delivered');
    await consumer.pause();
    await consumer.replays.resend([offset], true);
    await testSite.store.beginErasure({ site: testSite.site, offsets: [offset], visitors: [], now: testSite.clock.now() });
    await testSite.log.redact(testSite.site, [offset]);
    const { log, store, clock, site: id } = testSite;
    const connections = shop.connections.flatMap((one) => [one, { ...one, id: 'other' }]);
    const site = { ...shop, id, connections };
    app = createTestApi({ log, store, sites: () => [site], now: () => clock.now(), stopping: stopping.signal });
    const listener = await listen(offset);
    await waitUntil(() => listener.comments >= 3);
    expect(listener.rows).toEqual(['gone waiting']);
  });

  it('starts with the next event if the position is beyond the log', async () => {
    await testSite.append(testSite.event('old'));
    const listener = await listen('9000000000000000');
    await waitUntil(() => listener.comments > 0);
    await testSite.append(testSite.event('new'));
    await waitUntil(() => listener.received.some(({ row }) => 'id' in row && row.id === 'new'));
  });

  it('is not opened by a HEAD request', async () => {
    for (let count = 0; count < 33; count += 1)
      expect((await app.request(`/api/sites/${testSite.site}/stream`, { method: 'HEAD' })).status).toBe(200);
    await (await listen()).leave();
  });

  it('reports no fault if its reader leaves while it waits for events', async () => {
    const faults: unknown[] = [];
    const { log, store } = testSite;
    const { promise: hasWaited, resolve: startWait } = Promise.withResolvers<void>();
    const { promise: hasLeft, resolve: notify } = Promise.withResolvers<void>();
    const watched = createTestApi({
      log,
      store,
      sites: () => [{ ...shop, id: testSite.site }],
      onFault: (fault) => faults.push(fault),
      watch: () => ({
        notify,
        wait: () => {
          startWait();
          return hasLeft;
        },
        end: () => {},
      }),
    });
    const { body } = await watched.request(`/api/sites/${testSite.site}/stream`);
    const reader = body?.getReader();
    await reader?.read();
    void reader?.read();
    await hasWaited;
    await reader?.cancel();
    await new Promise((resolve) => setImmediate(resolve));
    expect(faults).toEqual([]);
  });

  it('ends and reports the fault if the log cannot be read', async () => {
    const faults: unknown[] = [];
    const { log, store } = testSite;
    const broken = { ...log, heads: () => Promise.reject(new Error('disk I/O error')) };
    const site = { ...shop, id: testSite.site };
    const faulty = createTestApi({ log: broken, store, sites: () => [site], onFault: (fault) => faults.push(fault) });
    const answer = await faulty.request(`/api/sites/${testSite.site}/stream`);
    await expect(answer.text()).rejects.toThrow('disk I/O error');
    expect(faults).toHaveLength(1);
  });

  it('tracks at most 1,000 pending rows', async () => {
    // The stream ends after ten minutes, which are one here.
    openBench(10);
    const listener = await listen();
    const events = Array.from({ length: 1_300 }, (_, index) => testSite.event(`e-${index}`));
    await testSite.append(...events);
    await waitUntil(() => listener.received.length === 1_300);
    testSite.identity();
    testSite.connection();
    await waitUntil(() => listener.rows.filter((row) => row.endsWith(' delivered')).length >= 1_000);
    expect(listener.rows.filter((row) => row.endsWith(' delivered'))).toHaveLength(1_000);
    expect(listener.rows).toContain('e-1299 delivered');
    expect(listener.rows).not.toContain('e-0 delivered');
  });
});
