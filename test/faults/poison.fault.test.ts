import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPacedClock, type PacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { minuteMs, secondMs } from '../../src/event/units.ts';
import { eventually, makeFolder } from '../gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from '../paced-gateway.fixture.ts';
import { createRandom, type Random } from '../random.fixture.ts';
import { scale, sized, tell } from './fault-scale.ts';
import { type Driver, deadOf, judge, makeDriver, nothingWrong } from './oracle.ts';
import { type Reaction, startVendor, type Vendor, type VendorAsked, type VendorRequest } from './scripted-vendor.ts';

/** Of 1,000, with names and without. */
const poisons = scale === 'part' ? { named: [1, 50], unnamed: [10] } : { named: [1, 2, 5, 10, 50], unnamed: [1, 2, 5, 10, 50] };
const times = sized({ part: 1, whole: 5, nightly: 20 });
const batch = 1_000;
const connection = { site: 'shop', connection: 'bing' } as const;
/** Microsoft names no more rows than this. */
const mostNamed = 10;

const ending: (() => Promise<unknown> | unknown)[] = [];
let clock: PacedClock;
let vendor: Vendor;
let driver: Driver;
let gateway: PacedGateway;

beforeEach(async () => {
  const folder = makeFolder();
  clock = createPacedClock();
  vendor = await startVendor({ now: clock.now });
  driver = makeDriver('o');
  gateway = await startPacedGateway(folder.writeConfig(vendor.url), clock);
  ending.push(folder.remove, vendor.close, driver.close, gateway.stop);
});
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

/** Refuses a batch for its poisoned rows, and names the first of them or none. */
function refuse(rows: readonly number[], isNamed: boolean): Reaction {
  const details = rows.slice(0, isNamed ? mostNamed : 0).map((index) => ({
    propertyName: `data[${index}].customData.value`,
    errorMessage: 'The value is refused.',
    errorCode: 'InvalidValue',
    isWarning: false,
    index,
  }));
  return { status: 400, body: { error: { code: 'ValidationError', message: 'Refused.', details } } };
}

const bing = async () => (await gateway.callApi('GET /api/connections')).find(({ id }) => id === 'bing');
const act = (action: 'pause' | 'resume') =>
  gateway.callApi('POST /api/sites/:site/connections/:connection/:action', { ...connection, action });

/** Puts 1,000 events up as one batch, so many of them poisoned at random places. */
async function putUp(poisoned: number, isNamed: boolean, random: Random) {
  await act('pause');
  const before = driver.obligations.size;
  for (let sent = 0; sent < batch; sent += 500) await driver.sendUntilTaken(gateway.url, 500);
  expect(await eventually(async () => (await bing())?.lag.events === batch)).toBe(true);
  const ids = [...driver.obligations].slice(before);
  const poison = new Set(random.shuffle(ids).slice(0, poisoned));
  vendor.react = ({ events }) => {
    const rows = events.flatMap(({ eventId }, index) => (poison.has(eventId) ? [index] : []));
    return rows.length > 0 ? refuse(rows, isNamed) : undefined;
  };
  const firstRequest = vendor.requests.length;
  await act('resume');
  return { ids, poison, requests: () => vendor.requests.slice(firstRequest) };
}

/** Nothing of the batch waits: it is at the platform or dead, and exactly the poisoned are. */
async function isOver({ ids, poison }: { ids: readonly string[]; poison: ReadonlySet<string> }): Promise<boolean> {
  if (!ids.every((id) => poison.has(id) !== vendor.taken.has(id))) return false;
  const view = await bing();
  return view?.waiting === 0 && view.lag.events === 0;
}

async function foundNothingWrong() {
  const dead = await deadOf(gateway.callApi, 'shop');
  const view = await bing();
  expect(judge({ driver, vendor, toldOf: new Set(dead.keys()), inDoubt: view?.inDoubt ?? 0 })).toEqual(nothingWrong);
  return dead;
}

it.for(poisons.named)(
  '%d events that the platform names and refuses cost themselves alone, and little more than a request for ten',
  {
    timeout: 60_000 * times,
  },
  async (poisoned, context) => {
    const allowed = Math.ceil(poisoned / mostNamed) + 1;
    const random = createRandom(context);
    let most = 0;
    for (let time = 0; time < times; time += 1) {
      const put = await putUp(poisoned, true, random);
      expect(await eventually(() => isOver(put))).toBe(true);
      const dead = await foundNothingWrong();
      expect(put.ids.filter((id) => dead.get(id) === 'rejected').sort()).toEqual([...put.poison].sort());
      most = Math.max(most, put.requests().length);
    }
    expect(most).toBeLessThanOrEqual(allowed);
    tell(context, {
      fault: 'F12',
      what: `${poisoned} of 1,000 events are refused, and named`,
      times: `${times} × 1,000`,
      holds: `exactly they are dead, in ≤ ${allowed} requests`,
      seen: `exactly they, in ${most} requests`,
    });
  },
);

const mostOfABisection = 64;
const singly = (requests: readonly VendorRequest[]) => requests.filter(({ ids }) => ids.length === 1).length;

it.for(poisons.unnamed)(
  '%d events that the platform refuses without naming them are found by halving, and cost themselves alone',
  {
    timeout: 120_000 * times,
  },
  async (poisoned, context) => {
    const random = createRandom(context);
    let [many, single] = [0, 0];
    for (let time = 0; time < times; time += 1) {
      clock.pace(1);
      const put = await putUp(poisoned, false, random);
      // What is left after the halving goes one event a second.
      clock.pace(200);
      expect(await eventually(() => isOver(put), 100_000)).toBe(true);
      const dead = await foundNothingWrong();
      expect(put.ids.filter((id) => dead.get(id) === 'rejected').sort()).toEqual([...put.poison].sort());
      const requests = put.requests();
      single = Math.max(single, singly(requests));
      many = Math.max(many, requests.length - singly(requests));
    }
    expect(many).toBeLessThanOrEqual(mostOfABisection);
    tell(context, {
      fault: 'F12',
      what: `${poisoned} of 1,000 events are refused, and none is named`,
      times: `${times} × 1,000`,
      holds: `exactly they are dead; ≤ ${mostOfABisection} requests of several, then one at a time`,
      seen: `exactly they; ${many} of several, ${single} of one`,
    });
  },
);

it('51 refusals among 1,000 events of the shop pause the connection instead of burying more, and it resumes by itself once a few are taken', async (context) => {
  const put = await putUp(60, true, createRandom(context));
  expect(await eventually(async () => (await bing())?.pausedSince !== undefined)).toBe(true);
  expect(gateway.lines.filter(({ msg }) => msg === 'connection paused').map(({ cause }) => cause)).toEqual(['schema']);
  const buried = (await deadOf(gateway.callApi, 'shop')).size;
  expect(buried).toBe(60);
  const requests = put.requests().length;
  const pausedSince = (await bing())?.pausedSince ?? 0;
  clock.pace(500);
  while (clock.now() < pausedSince + 13 * minuteMs) await clock.pass(10 * secondMs);
  expect(put.requests().length).toBe(requests);
  expect(await eventually(() => put.requests().length > requests)).toBe(true);
  clock.pace(1);
  const [probe] = put.requests().slice(requests);
  expect(probe?.ids.length).toBeLessThanOrEqual(5);
  expect(probe?.at).toBeGreaterThanOrEqual(pausedSince + 15 * minuteMs);
  expect(await eventually(() => isOver(put))).toBe(true);
  await foundNothingWrong();
  tell(context, {
    fault: 'F12',
    what: 'more than 50 of 1,000 events are refused',
    times: '1 × 1,000',
    holds: 'the connection pauses; nothing more is dead; 5 events try it after 15 min, and it resumes',
    seen: `paused at ${buried}, no request in 13 min, then ${probe?.ids.length} events, and all delivered`,
  });
});

it('stays paused without new dead letters while a few events of the shop are refused again', async (context) => {
  const put = await putUp(60, true, createRandom(context));
  expect(await eventually(async () => (await bing())?.pausedSince !== undefined)).toBe(true);
  const requests = put.requests().length;
  vendor.react = ({ events }) => (events.length > 0 ? refuse([0], true) : undefined);
  clock.pace(1_000);
  expect(await eventually(() => put.requests().length >= requests + 4, 60_000)).toBe(true);
  clock.pace(1);
  expect((await deadOf(gateway.callApi, 'shop')).size).toBe(60);
  expect((await bing())?.pausedSince).toBeDefined();
  expect(
    put
      .requests()
      .slice(requests)
      .every(({ ids }) => ids.length <= 5),
  ).toBe(true);
  vendor.react = undefined;
  await act('resume');
  clock.pace(1_000);
  expect(await eventually(() => isOver(put), 60_000)).toBe(true);
  await foundNothingWrong();
});

/** A firewall in front of the platform reads what events say: it blocks such a request, and lets a probe pass. */
const firewall =
  (culprit: string) =>
  ({ events }: VendorAsked): Reaction | undefined =>
    events.some(({ eventId }) => eventId === culprit) ? { status: 403, body: '<html>Forbidden</html>' } : undefined;

it('an event that a firewall refuses costs itself alone, and the others arrive within 64 requests', async (context) => {
  await act('pause');
  for (let sent = 0; sent < batch; sent += 500) await driver.sendUntilTaken(gateway.url, 500);
  const ids = [...driver.obligations];
  const [culprit = ''] = ids.slice(617);
  vendor.react = firewall(culprit);
  await act('resume');
  expect(await eventually(() => isOver({ ids, poison: new Set([culprit]) }))).toBe(true);
  expect(vendor.requests.length).toBeLessThanOrEqual(mostOfABisection);
  expect([...(await foundNothingWrong())]).toEqual([[culprit, 'rejected']]);
  const { deadLetters } = await gateway.callApi('GET /api/sites/:site/dead-letters', { site: 'shop', limit: 10 });
  expect(deadLetters[0]?.issues.map(({ code }) => code)).toEqual(['refused-by-a-firewall']);
  expect(gateway.lines.filter(({ msg }) => msg === 'connection paused')).toEqual([]);
  tell(context, {
    fault: 'F12',
    what: 'a firewall answers 403 to one of 1,000 events, and lets a probe pass',
    times: '1 × 1,000',
    holds: `exactly it is dead, in ≤ ${mostOfABisection} requests, probes included`,
    seen: `exactly it, in ${vendor.requests.length} requests`,
  });
});

it('a revoked credential, answered with 403, pauses the connection, and nothing is lost', async () => {
  vendor.react = () => ({ status: 403 });
  await driver.sendUntilTaken(gateway.url, 500);
  expect(await eventually(async () => (await bing())?.pausedSince !== undefined)).toBe(true);
  clock.pace(1_000);
  await clock.pass(60 * minuteMs);
  clock.pace(1);
  expect(await bing()).toMatchObject({ waiting: 0, deadLetters: 0 });
  vendor.react = undefined;
  await gateway.callApi('POST /api/sites/:site/connections/:connection/:action', { ...connection, action: 'probe' });
  expect(await eventually(() => vendor.taken.size === 500)).toBe(true);
  await foundNothingWrong();
});
