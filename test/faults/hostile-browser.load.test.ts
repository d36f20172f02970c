import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { buildReply, getIds, TestStorage } from '../../src/delivery/delivery.fixture.ts';
import { secondMs } from '../../src/event/units.ts';
import { eventually, makeFolder, post, purchase, writeKey } from '../gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from '../paced-gateway.fixture.ts';
import { sized, tell } from './fault-scale.ts';
import { deadOf } from './oracle.ts';
import { startVendor, type Vendor } from './scripted-vendor.ts';

const ending: (() => Promise<unknown> | unknown)[] = [];
let vendor: Vendor;
let gateway: PacedGateway;

beforeEach(async () => {
  const folder = makeFolder();
  const clock = createPacedClock();
  vendor = await startVendor({ now: clock.now });
  gateway = await startPacedGateway(folder.writeConfig(vendor.url), clock);
  ending.push(folder.remove, vendor.close, gateway.stop);
});
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

const agent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';
const atOnce = 50;
const bing = async () => (await gateway.callApi('GET /api/connections')).find(({ id }) => id === 'bing');

/** All that somebody needs is the public write key. Waits where the gateway asks for patience. @throws on any other refusal. */
async function report(prefix: string, count: number, event: Readonly<Record<string, unknown>>): Promise<void> {
  const events = Array.from({ length: count }, (_, index) => ({
    id: `${prefix}-${index}`,
    consent: { adStorage: 'granted', explicit: true },
    user: { anonymousId: 'b171a9b06ce011ecafcd1b209be8601b' },
    ...event,
  }));
  for (let sent = 0; sent < count; sent += atOnce) {
    const body = JSON.stringify({ writeKey, events: events.slice(sent, sent + atOnce) });
    for (let status = 0; status !== 202; ) {
      ({ status } = await fetch(`${gateway.url}/e`, { method: 'POST', body, headers: { 'user-agent': agent } }));
      if (status === 429 || status === 503) await sleep(secondMs);
      else if (status !== 202) throw new Error(`the gateway answered ${status}`);
    }
  }
}

it('1,000 page views without an address, and 60 events that the platform names and refuses, do not stop a sale', {
  timeout: 180_000,
}, async (context) => {
  vendor.react = ({ events }) => {
    const rows = events.flatMap(({ eventId }, index) => (eventId.startsWith('bad') ? [index] : []));
    const details = rows.slice(0, 10).map((index) => ({
      propertyName: `data[${index}].eventName`,
      errorMessage: 'The event is refused.',
      errorCode: 'Invalid',
      isWarning: false,
      index,
    }));
    return rows.length > 0
      ? { status: 400, body: { error: { code: 'ValidationError', message: 'Refused.', details } } }
      : undefined;
  };
  await report('view', 1_000, { name: 'PageView' });
  await report('bad', 60, { name: 'AddToCart' });
  expect(await eventually(async () => (await bing())?.counts.dead === 60, 60_000)).toBe(true);
  await post(gateway.url, [purchase('sale')]);
  expect(await eventually(() => vendor.taken.has('sale'))).toBe(true);

  expect(await eventually(async () => (await bing())?.counts.delivered === 1)).toBe(true);
  const view = await bing();
  expect(view).toMatchObject({
    health: 'degraded',
    says: expect.stringContaining('only browsers reported'),
    counts: { 'no-address': 1_000, dead: 60 },
  });
  expect(view).not.toHaveProperty('pausedSince');
  const dead = await deadOf(gateway.callApi, 'shop');
  expect([...dead.keys()].every((id) => id.startsWith('bad'))).toBe(true);
  expect(gateway.lines.filter(({ msg }) => msg === 'connection paused')).toEqual([]);
  tell(context, {
    fault: 'F21',
    what: 'a stranger reports 1,000 page views without an address, and 60 events that the platform refuses',
    times: '1,060 events',
    holds: 'a sale that the server reports is delivered; the connection is degraded and not paused',
    seen: `delivered; ${view?.health}, ${dead.size} dead letters, all of them the stranger's`,
  });
});

const floodMs = sized({ part: 6, whole: 30, nightly: 120 }) * secondMs;
const answersAfterMs = 300;
const allowedMs = 5 * secondMs;

it(`a flood of browsers' events against a platform that answers after ${answersAfterMs} ms delays no sale by more than ${allowedMs} ms`, {
  timeout: 60_000 + 2 * floodMs,
}, async (context) => {
  const engines = await TestStorage.open();
  const bench = engines.createSite(1);
  ending.push(
    () => engines.close(),
    () => bench.dispose(),
  );
  const arrivedAt = new Map<string, number>();
  bench.sender.answer = async (request) => {
    await sleep(answersAfterMs);
    for (const id of getIds(request)) arrivedAt.set(id, performance.now());
    return buildReply(200);
  };
  bench.identity();
  bench.connection();
  const sentAt = new Map<string, number>();
  let [flooded, sales] = [0, 0];
  // The platform takes 100 events in 300 ms: each second of the flood adds two to the backlog.
  const until = performance.now() + floodMs;
  while (performance.now() < until) {
    await bench.append(...Array.from({ length: 500 }, () => bench.event(`flood-${flooded++}`)));
    const id = `sale-${sales++}`;
    await bench.append(bench.event(id, { reporter: 'server', name: 'Lead' }));
    sentAt.set(id, performance.now());
    await sleep(500);
  }
  expect(await eventually(() => [...sentAt.keys()].every((id) => arrivedAt.has(id)), 60_000)).toBe(true);
  const taken = arrivedAt.size;
  const waits = [...sentAt].map(([id, at]) => (arrivedAt.get(id) ?? Number.POSITIVE_INFINITY) - at);
  const longestMs = Math.max(...waits);
  expect(longestMs).toBeLessThan(allowedMs);
  expect(taken).toBeLessThan(flooded);
  tell(context, {
    fault: 'F22',
    what: "a flood of browsers' events, three times what the platform takes",
    times: `${flooded} events, ${sales} sales`,
    holds: `each sale arrives within ${allowedMs} ms`,
    seen: `within ${Math.round(longestMs)} ms; ${taken} of all had arrived by then`,
  });
});
