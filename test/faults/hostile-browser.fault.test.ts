import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { TestStorage } from '../../src/delivery/test-site.fixture.ts';
import { buildReply, getIds } from '../../src/delivery/tiny-platform.fixture.ts';
import { secondMs } from '../../src/event/units.ts';
import { eventually, makeFolder, post, purchase, writeKey } from '../gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from '../paced-gateway.fixture.ts';
import { addFaultRow, pickByScale } from './fault-scale.ts';
import { getDeadLetterCauses } from './oracle.ts';
import { startVendor, type Vendor } from './scripted-vendor.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
let vendor: Vendor;
let gateway: PacedGateway;

beforeEach(async () => {
  const folder = makeFolder();
  const clock = createPacedClock();
  vendor = await startVendor({ now: clock.now });
  gateway = await startPacedGateway(folder.writeConfig(vendor.url), clock);
  cleanups.push(folder.remove, vendor.close, gateway.stop);
});
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

const agent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';
const eventsPerRequest = 50;
const bing = async () => (await gateway.callApi('GET /api/connections')).find(({ id }) => id === 'bing');

/** Reports events as a stranger can, with the public write key only. Retries after 429 and 503. @throws on any other error status. */
async function reportAsBrowser(prefix: string, count: number, event: Readonly<Record<string, unknown>>): Promise<void> {
  const events = Array.from({ length: count }, (_, index) => ({
    id: `${prefix}-${index}`,
    consent: { adStorage: 'granted', explicit: true },
    user: { anonymousId: 'b171a9b06ce011ecafcd1b209be8601b' },
    ...event,
  }));
  for (let sent = 0; sent < count; sent += eventsPerRequest) {
    const body = JSON.stringify({ writeKey, events: events.slice(sent, sent + eventsPerRequest) });
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
      errorMessage: 'The event is rejected.',
      errorCode: 'Invalid',
      isWarning: false,
      index,
    }));
    return rows.length > 0
      ? { status: 400, body: { error: { code: 'ValidationError', message: 'Rejected.', details } } }
      : undefined;
  };
  await reportAsBrowser('view', 1_000, { name: 'PageView' });
  await reportAsBrowser('bad', 60, { name: 'AddToCart' });
  expect(await eventually(async () => (await bing())?.counts.dead === 60, 60_000)).toBe(true);
  await post(gateway.url, [purchase('sale')]);
  expect(await eventually(() => vendor.acceptedEvents.has('sale'))).toBe(true);

  expect(await eventually(async () => (await bing())?.counts.delivered === 1)).toBe(true);
  const view = await bing();
  expect(view).toMatchObject({
    health: 'degraded',
    says: expect.stringContaining('only browsers reported'),
    counts: { 'no-address': 1_000, dead: 60 },
  });
  expect(view).not.toHaveProperty('pausedSince');
  const dead = await getDeadLetterCauses(gateway.callApi, 'shop');
  expect([...dead.keys()].every((id) => id.startsWith('bad'))).toBe(true);
  expect(gateway.lines.filter(({ msg }) => msg === 'connection paused')).toEqual([]);
  addFaultRow(context, {
    fault: 'F21',
    scenario: 'a stranger reports 1,000 page views without an address, and 60 events that the platform rejects',
    amount: '1,060 events',
    expected: 'a sale that the server reports is delivered; the connection is degraded and not paused',
    observed: `delivered; ${view?.health}, ${dead.size} dead letters, all of them the stranger's`,
  });
});

const floodMs = pickByScale({ part: 6, whole: 30, nightly: 120 }) * secondMs;
const responseDelayMs = 300;
const maxDelayMs = 5 * secondMs;

it(`a flood of browsers' events against a platform that answers after ${responseDelayMs} ms delays no sale by more than ${maxDelayMs} ms`, {
  timeout: 60_000 + 2 * floodMs,
}, async (context) => {
  const engines = await TestStorage.open();
  const bench = engines.createSite(1);
  cleanups.push(
    () => engines.close(),
    () => bench.dispose(),
  );
  const arrivedAt = new Map<string, number>();
  bench.sender.answer = async (request) => {
    await sleep(responseDelayMs);
    for (const id of getIds(request)) arrivedAt.set(id, performance.now());
    return buildReply(200);
  };
  bench.identity();
  bench.connection();
  const sentAt = new Map<string, number>();
  let [floodCount, saleCount] = [0, 0];
  // The platform accepts 100 events in 300 ms: each second of the flood adds two seconds of work to the backlog.
  const until = performance.now() + floodMs;
  while (performance.now() < until) {
    await bench.append(...Array.from({ length: 500 }, () => bench.event(`flood-${floodCount++}`)));
    const id = `sale-${saleCount++}`;
    await bench.append(bench.event(id, { reporter: 'server', name: 'Lead' }));
    sentAt.set(id, performance.now());
    await sleep(500);
  }
  expect(await eventually(() => [...sentAt.keys()].every((id) => arrivedAt.has(id)), 60_000)).toBe(true);
  const arrivedCount = arrivedAt.size;
  const waits = [...sentAt].map(([id, at]) => (arrivedAt.get(id) ?? Number.POSITIVE_INFINITY) - at);
  const longestMs = Math.max(...waits);
  expect(longestMs).toBeLessThan(maxDelayMs);
  expect(arrivedCount).toBeLessThan(floodCount);
  addFaultRow(context, {
    fault: 'F22',
    scenario: "a flood of browsers' events, three times the rate of the platform",
    amount: `${floodCount} events, ${saleCount} sales`,
    expected: `each sale arrives within ${maxDelayMs} ms`,
    observed: `within ${Math.round(longestMs)} ms; ${arrivedCount} of all events had arrived`,
  });
});
