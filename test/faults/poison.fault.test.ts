import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPacedClock, type PacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { minuteMs, secondMs } from '../../src/event/units.ts';
import { eventually, makeFolder } from '../gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from '../paced-gateway.fixture.ts';
import { createRandom, type Random } from '../random.fixture.ts';
import { addFaultRow, pickByScale, scale } from './fault-scale.ts';
import { createDriver, type Driver, findViolations, getDeadLetterCauses, noViolations } from './oracle.ts';
import { type ParsedRequest, type Reaction, startVendor, type Vendor, type VendorRequest } from './scripted-vendor.ts';

/** Numbers of rejected events among 1,000: named by the platform, and not named. */
const rejectedCounts =
  scale === 'part' ? { named: [1, 50], unnamed: [10] } : { named: [1, 2, 5, 10, 50], unnamed: [1, 2, 5, 10, 50] };
const repetitions = pickByScale({ part: 1, whole: 5, nightly: 20 });
const eventsPerBatch = 1_000;
const connection = { site: 'shop', connection: 'bing' } as const;
/** The maximum number of rows that Microsoft names. */
const maxNamed = 10;

const cleanups: (() => Promise<unknown> | unknown)[] = [];
let clock: PacedClock;
let vendor: Vendor;
let driver: Driver;
let gateway: PacedGateway;

beforeEach(async () => {
  const folder = makeFolder();
  clock = createPacedClock();
  vendor = await startVendor({ now: clock.now });
  driver = createDriver('o');
  gateway = await startPacedGateway(folder.writeConfig(vendor.url), clock);
  cleanups.push(folder.remove, vendor.close, driver.close, gateway.stop);
});
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

/** Builds the rejection of a batch because of these rows. Names the first of them, or none. */
function buildRejection(rows: readonly number[], isNamed: boolean): Reaction {
  const details = rows.slice(0, isNamed ? maxNamed : 0).map((index) => ({
    propertyName: `data[${index}].customData.value`,
    errorMessage: 'The value is rejected.',
    errorCode: 'InvalidValue',
    isWarning: false,
    index,
  }));
  return { status: 400, body: { error: { code: 'ValidationError', message: 'Rejected.', details } } };
}

const bing = async () => (await gateway.callApi('GET /api/connections')).find(({ id }) => id === 'bing');
const runAction = (action: 'pause' | 'resume') =>
  gateway.callApi('POST /api/sites/:site/connections/:connection/:action', { ...connection, action });

/** Queues 1,000 events as one batch and makes the platform reject some of them at random positions. */
async function queueBatch(rejectedCount: number, isNamed: boolean, random: Random) {
  await runAction('pause');
  const before = driver.obligations.size;
  for (let sent = 0; sent < eventsPerBatch; sent += 500) await driver.sendUntilAccepted(gateway.url, 500);
  // Only events that the identity consumer has read can be one batch.
  const countRead = async () => {
    const totals = await gateway.callApi('GET /api/totals', { since: 0, until: clock.now() + 60 * minuteMs });
    return totals[0]?.connections.find((one) => one.connection === connection.connection)?.undelivered;
  };
  expect(await eventually(async () => (await countRead()) === eventsPerBatch)).toBe(true);
  const ids = [...driver.obligations].slice(before);
  const rejectedIds = new Set(random.shuffle(ids).slice(0, rejectedCount));
  vendor.react = ({ events }) => {
    const rows = events.flatMap(({ eventId }, index) => (rejectedIds.has(eventId) ? [index] : []));
    return rows.length > 0 ? buildRejection(rows, isNamed) : undefined;
  };
  const firstRequest = vendor.requests.length;
  await runAction('resume');
  return { ids, rejectedIds, requests: () => vendor.requests.slice(firstRequest) };
}

/** Returns whether no event of the batch waits, and the platform has exactly the events that it does not reject. */
async function isOver({ ids, rejectedIds }: { ids: readonly string[]; rejectedIds: ReadonlySet<string> }): Promise<boolean> {
  if (!ids.every((id) => rejectedIds.has(id) !== vendor.acceptedEvents.has(id))) return false;
  const view = await bing();
  return view?.waiting === 0 && view.lag.events === 0;
}

async function checkViolations() {
  const dead = await getDeadLetterCauses(gateway.callApi, 'shop');
  const view = await bing();
  expect(findViolations({ driver, vendor, reportedIds: new Set(dead.keys()), inDoubt: view?.inDoubt ?? 0 })).toEqual(
    noViolations,
  );
  return dead;
}

it.for(rejectedCounts.named)(
  '%d events that the platform names and refuses cost themselves alone, and little more than a request for ten',
  {
    timeout: 60_000 * repetitions,
  },
  async (rejectedCount, context) => {
    const allowed = Math.ceil(rejectedCount / maxNamed) + 1;
    const random = createRandom(context);
    let maxRequests = 0;
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      const batch = await queueBatch(rejectedCount, true, random);
      expect(await eventually(() => isOver(batch))).toBe(true);
      const dead = await checkViolations();
      expect(batch.ids.filter((id) => dead.get(id) === 'rejected').sort()).toEqual([...batch.rejectedIds].sort());
      maxRequests = Math.max(maxRequests, batch.requests().length);
    }
    expect(maxRequests).toBeLessThanOrEqual(allowed);
    addFaultRow(context, {
      fault: 'F12',
      scenario: `${rejectedCount} of 1,000 events are rejected and named`,
      amount: `${repetitions} × 1,000`,
      expected: `exactly these are dead, in ≤ ${allowed} requests`,
      observed: `exactly these, in ${maxRequests} requests`,
    });
  },
);

const maxBisectionRequests = 64;
const countSingles = (requests: readonly VendorRequest[]) => requests.filter(({ ids }) => ids.length === 1).length;

it.for(rejectedCounts.unnamed)(
  '%d events that the platform refuses without naming them are found by halving, and cost themselves alone',
  {
    timeout: 120_000 * repetitions,
  },
  async (rejectedCount, context) => {
    const random = createRandom(context);
    let [maxOfSeveral, maxOfOne] = [0, 0];
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      clock.pace(1);
      const batch = await queueBatch(rejectedCount, false, random);
      // After the bisection limit the connection sends one event per second.
      clock.pace(200);
      expect(await eventually(() => isOver(batch), 100_000)).toBe(true);
      const dead = await checkViolations();
      expect(batch.ids.filter((id) => dead.get(id) === 'rejected').sort()).toEqual([...batch.rejectedIds].sort());
      const requests = batch.requests();
      maxOfOne = Math.max(maxOfOne, countSingles(requests));
      maxOfSeveral = Math.max(maxOfSeveral, requests.length - countSingles(requests));
    }
    expect(maxOfSeveral).toBeLessThanOrEqual(maxBisectionRequests);
    addFaultRow(context, {
      fault: 'F12',
      scenario: `${rejectedCount} of 1,000 events are rejected, none is named`,
      amount: `${repetitions} × 1,000`,
      expected: `exactly these are dead; ≤ ${maxBisectionRequests} requests of several, then one at a time`,
      observed: `exactly these; ${maxOfSeveral} of several, ${maxOfOne} of one`,
    });
  },
);

it('51 rejections among 1,000 events of the shop pause the connection, and it resumes by itself once a few events are accepted', async (context) => {
  const batch = await queueBatch(60, true, createRandom(context));
  expect(await eventually(async () => (await bing())?.pausedSince !== undefined)).toBe(true);
  expect(gateway.lines.filter(({ msg }) => msg === 'connection paused').map(({ cause }) => cause)).toEqual(['schema']);
  const deadCount = (await getDeadLetterCauses(gateway.callApi, 'shop')).size;
  expect(deadCount).toBe(60);
  const requests = batch.requests().length;
  const pausedSince = (await bing())?.pausedSince ?? 0;
  clock.pace(500);
  while (clock.now() < pausedSince + 13 * minuteMs) await clock.pass(10 * secondMs);
  expect(batch.requests().length).toBe(requests);
  expect(await eventually(() => batch.requests().length > requests)).toBe(true);
  clock.pace(1);
  const [probe] = batch.requests().slice(requests);
  expect(probe?.ids.length).toBeLessThanOrEqual(5);
  expect(probe?.at).toBeGreaterThanOrEqual(pausedSince + 15 * minuteMs);
  expect(await eventually(() => isOver(batch))).toBe(true);
  await checkViolations();
  addFaultRow(context, {
    fault: 'F12',
    scenario: 'more than 50 of 1,000 events are rejected',
    amount: '1 × 1,000',
    expected: 'the connection pauses; no further dead letters; after 15 min it sends 5 events as a test and resumes',
    observed: `paused at ${deadCount}, no request in 13 min, then ${probe?.ids.length} events, and all delivered`,
  });
});

it('stays paused without new dead letters while a few events of the shop are refused again', async (context) => {
  const batch = await queueBatch(60, true, createRandom(context));
  expect(await eventually(async () => (await bing())?.pausedSince !== undefined)).toBe(true);
  const requests = batch.requests().length;
  vendor.react = ({ events }) => (events.length > 0 ? buildRejection([0], true) : undefined);
  clock.pace(1_000);
  expect(await eventually(() => batch.requests().length >= requests + 4, 60_000)).toBe(true);
  clock.pace(1);
  expect((await getDeadLetterCauses(gateway.callApi, 'shop')).size).toBe(60);
  expect((await bing())?.pausedSince).toBeDefined();
  expect(
    batch
      .requests()
      .slice(requests)
      .every(({ ids }) => ids.length <= 5),
  ).toBe(true);
  vendor.react = undefined;
  await runAction('resume');
  clock.pace(1_000);
  expect(await eventually(() => isOver(batch), 60_000)).toBe(true);
  await checkViolations();
});

/** Creates the reaction of a firewall before the platform. It blocks a request with one event, and lets probes pass. */
const createFirewall =
  (blockedId: string) =>
  ({ events }: ParsedRequest): Reaction | undefined =>
    events.some(({ eventId }) => eventId === blockedId) ? { status: 403, body: '<html>Forbidden</html>' } : undefined;

it('an event that a firewall refuses costs itself alone, and the others arrive within 64 requests', async (context) => {
  await runAction('pause');
  for (let sent = 0; sent < eventsPerBatch; sent += 500) await driver.sendUntilAccepted(gateway.url, 500);
  const ids = [...driver.obligations];
  const [blockedId = ''] = ids.slice(617);
  vendor.react = createFirewall(blockedId);
  await runAction('resume');
  expect(await eventually(() => isOver({ ids, rejectedIds: new Set([blockedId]) }))).toBe(true);
  expect(vendor.requests.length).toBeLessThanOrEqual(maxBisectionRequests);
  expect([...(await checkViolations())]).toEqual([[blockedId, 'rejected']]);
  const { deadLetters } = await gateway.callApi('GET /api/sites/:site/dead-letters', { site: 'shop', limit: 10 });
  expect(deadLetters[0]?.issues.map(({ code }) => code)).toEqual(['refused-by-a-firewall']);
  expect(gateway.lines.filter(({ msg }) => msg === 'connection paused')).toEqual([]);
  addFaultRow(context, {
    fault: 'F12',
    scenario: 'a firewall answers 403 to one of 1,000 events, and lets a probe pass',
    amount: '1 × 1,000',
    expected: `exactly this event is dead, in ≤ ${maxBisectionRequests} requests, probes included`,
    observed: `exactly this event, in ${vendor.requests.length} requests`,
  });
});

it('a revoked credential, answered with 403, pauses the connection, and nothing is lost', async () => {
  vendor.react = () => ({ status: 403 });
  await driver.sendUntilAccepted(gateway.url, 500);
  expect(await eventually(async () => (await bing())?.pausedSince !== undefined)).toBe(true);
  clock.pace(1_000);
  await clock.pass(60 * minuteMs);
  clock.pace(1);
  expect(await bing()).toMatchObject({ deferred: 0, deadLetters: 0 });
  vendor.react = undefined;
  await gateway.callApi('POST /api/sites/:site/connections/:connection/:action', { ...connection, action: 'probe' });
  expect(await eventually(() => vendor.acceptedEvents.size === 500)).toBe(true);
  await checkViolations();
});
