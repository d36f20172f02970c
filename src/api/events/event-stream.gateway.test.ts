import type { Hono } from 'hono';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, Engines, reply, until } from '../../delivery/delivery.fixture.ts';
import { minuteMs } from '../../event/units.ts';
import { createTestApi, createTestClient, shop } from '../api.fixture.ts';
import type { AdminEnv } from '../http/handler.ts';
import type { EventRow } from './schemas.ts';

let engines: Engines;
let bench: Bench;
let stopping: AbortController;
let app: Hono<AdminEnv>;

beforeAll(async () => {
  engines = await Engines.open();
});
afterAll(() => engines.close());
beforeEach(() => {
  openBench(100);
});
afterEach(async () => {
  stopping.abort();
  await bench.dispose();
});

function openBench(factor: number): void {
  bench = engines.bench(factor);
  stopping = new AbortController();
  const { log, store, clock } = bench;
  const [connection] = shop.connections;
  const site = { ...shop, id: bench.site, connections: connection ? [connection] : [] };
  app = createTestApi({ log, store, sites: () => [site], now: () => clock.now(), stopping: stopping.signal });
}

interface Told {
  readonly id?: string;
  readonly row: EventRow;
}

/** One who listens. */
class Listener {
  readonly told: Told[] = [];
  comments = 0;
  hasEnded = false;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(answer: Response) {
    if (!answer.body) throw new Error('a stream has a body');
    this.#reader = answer.body.getReader();
    void this.#read();
  }

  /** Each row as its id and the outcome on the one connection. */
  get rows(): string[] {
    return this.told.map(({ row }) => `${'gone' in row ? 'gone' : row.id} ${row.outcomes[0]?.outcome ?? 'none'}`);
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
    if (data !== undefined) this.told.push({ ...(id !== undefined && { id }), row: JSON.parse(data) });
  }
}

async function listen(after?: string, headers: Record<string, string> = {}): Promise<Listener> {
  const query = after === undefined ? '' : `?after=${after}`;
  const answer = await app.request(`/api/sites/${bench.site}/stream${query}`, { headers });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  return new Listener(answer);
}

const page = () => createTestClient(app)('GET /api/sites/:site/events', { site: bench.site, limit: 1_000 });

describe('the stream of events', () => {
  it('sends new events, and sends them again with their outcomes', async () => {
    await bench.append(bench.event('old'));
    const listener = await listen();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const [offset] = await bench.append(bench.event('new'));
    await until(() => listener.rows.length > 0);
    expect(listener.rows).toEqual(['new undelivered']);
    expect(listener.told[0]?.id).toBe(offset);
    bench.identity();
    bench.connection();
    await until(() => listener.rows.includes('old delivered') && listener.rows.includes('new delivered'));
    expect(listener.told.filter(({ id }) => id !== undefined)).toHaveLength(1);
    const [, , settled] = listener.told;
    expect((await page()).events).toContainEqual(settled?.row);
  });

  it('continues after a list without gaps', async () => {
    bench.identity();
    bench.sender.answer = () => reply(503);
    bench.connection();
    const [first = ''] = await bench.append(bench.event('a'));
    const { through } = await page();
    expect(through).toBe(first);
    await bench.append(bench.event('b'), bench.event('c'));
    bench.sender.answer = () => reply(200);
    const listener = await listen(through);
    await until(() => ['a', 'b', 'c'].every((id) => listener.rows.includes(`${id} delivered`)));
    const firstTold = listener.told.flatMap(({ id, row }) => (id === undefined || 'gone' in row ? [] : [row.id]));
    expect(firstTold).toEqual(['b', 'c']);
  });

  it('continues after the list of an empty log', async () => {
    const { through } = await page();
    await bench.append(bench.event('first'));
    const listener = await listen(through);
    await until(() => listener.rows.includes('first undelivered'));
  });

  it('resumes after a lost connection by Last-Event-ID', async () => {
    const [first = '', second = ''] = await bench.append(bench.event('a'), bench.event('b'));
    const listener = await listen('0000000000000000', { 'last-event-id': first });
    await until(() => listener.told.some(({ id }) => id === second));
    expect(listener.told.some(({ id }) => id === first)).toBe(false);
    const answer = await app.request(`/api/sites/${bench.site}/stream`, { headers: { 'last-event-id': 'elsewhere' } });
    expect(answer.status).toBe(400);
  });

  it('reports an event that is erased while it is open', async () => {
    const [offset = ''] = await bench.append(bench.event('a'));
    const listener = await listen(offset);
    await until(() => listener.rows.includes('a undelivered'));
    await bench.log.redact(bench.site, [offset]);
    await bench.store.beginErasure({ site: bench.site, offsets: [offset], visitors: [], now: bench.clock.now() });
    bench.identity();
    bench.connection();
    await until(() => listener.rows.includes('gone erased'));
  });

  it('sends comments while idle, and ends after ten minutes', async () => {
    openBench(600);
    const listener = await listen();
    await until(() => listener.comments >= 2);
    expect(listener.told).toEqual([]);
    await until(() => listener.hasEnded);
  });

  it('is open at most 32 times', async () => {
    const listeners: Listener[] = [];
    for (let count = 0; count < 32; count += 1) listeners.push(await listen());
    expect((await app.request(`/api/sites/${bench.site}/stream`)).status).toBe(429);
    await listeners[0]?.leave();
    listeners.push(await listen());
    expect((await app.request(`/api/sites/${bench.site}/stream`)).status).toBe(429);
    stopping.abort();
    await until(() => listeners.slice(1).every(({ hasEnded }) => hasEnded));
  });

  it('is open at most 4 times per session, and 16 times per account', async () => {
    const open = (caller: { readonly account?: string; readonly session?: string }) =>
      app.request(`/api/sites/${bench.site}/stream`, {}, caller);
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

  it('is closed if its reader is too slow', async () => {
    openBench(20_000);
    const opened = await Promise.all(Array.from({ length: 32 }, () => app.request(`/api/sites/${bench.site}/stream`)));
    expect(opened.every(({ status }) => status === 200)).toBe(true);
    expect((await app.request(`/api/sites/${bench.site}/stream`)).status).toBe(429);
    await bench.pass(21 * minuteMs);
    await listen();
  });

  it('sends an erased event once, even if one connection has not processed it and another holds it', async () => {
    openBench(100);
    bench.identity();
    const { consumer } = bench.connection();
    const [offset = ''] = await bench.append(bench.event('a'));
    await until(async () => (await bench.getOutcomes([offset]))[0] === 'delivered');
    await consumer.pause();
    await consumer.replays.resend([offset], true);
    await bench.store.beginErasure({ site: bench.site, offsets: [offset], visitors: [], now: bench.clock.now() });
    await bench.log.redact(bench.site, [offset]);
    const { log, store, clock, site: id } = bench;
    const connections = shop.connections.flatMap((one) => [one, { ...one, id: 'other' }]);
    const site = { ...shop, id, connections };
    app = createTestApi({ log, store, sites: () => [site], now: () => clock.now(), stopping: stopping.signal });
    const listener = await listen(offset);
    await until(() => listener.comments >= 3);
    expect(listener.rows).toEqual(['gone waiting']);
  });

  it('starts with the next event if the position is beyond the log', async () => {
    await bench.append(bench.event('old'));
    const listener = await listen('9000000000000000');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await bench.append(bench.event('new'));
    await until(() => listener.told.some(({ row }) => 'id' in row && row.id === 'new'));
  });

  it('is not opened by a HEAD request', async () => {
    for (let count = 0; count < 33; count += 1)
      expect((await app.request(`/api/sites/${bench.site}/stream`, { method: 'HEAD' })).status).toBe(200);
    await (await listen()).leave();
  });

  it('ends and reports the fault if the log cannot be read', async () => {
    const faults: unknown[] = [];
    const { log, store } = bench;
    const broken = { ...log, heads: () => Promise.reject(new Error('disk I/O error')) };
    const site = { ...shop, id: bench.site };
    const faulty = createTestApi({ log: broken, store, sites: () => [site], onFault: (fault) => faults.push(fault) });
    const answer = await faulty.request(`/api/sites/${bench.site}/stream`);
    await expect(answer.text()).rejects.toThrow('disk I/O error');
    expect(faults).toHaveLength(1);
  });

  it('tracks at most 1,000 pending rows', async () => {
    const listener = await listen();
    const events = Array.from({ length: 1_300 }, (_, index) => bench.event(`e-${index}`));
    await bench.append(...events);
    await until(() => listener.told.length === 1_300);
    bench.identity();
    bench.connection();
    await until(() => listener.rows.filter((row) => row.endsWith(' delivered')).length >= 1_000);
    expect(listener.rows.filter((row) => row.endsWith(' delivered'))).toHaveLength(1_000);
    expect(listener.rows).toContain('e-1299 delivered');
    expect(listener.rows).not.toContain('e-0 delivered');
  });
});
