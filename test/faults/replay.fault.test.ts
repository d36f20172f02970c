import { afterEach, expect, it } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { eventually, makeFolder, startGatewayProcess } from '../gateway.fixture.ts';
import { addFaultRow, pickByScale } from './fault-scale.ts';
import { countRepeats, createDriver, findViolations, noViolations, waitUntilDelivered } from './oracle.ts';
import { startVendor } from './scripted-vendor.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

const events = pickByScale({ part: 1_000, whole: 20_000, nightly: 200_000 });
const eventsInOutage = 500;
const kills = pickByScale({ part: 2, whole: 6, nightly: 40 });
const path = '/api/sites/:site/connections/:connection/replay';
const connection = { site: 'shop', connection: 'bing' } as const;

it(`a replay that is begun in an outage and killed ${kills} times goes on where it was: each event once more where it was forced, and none otherwise`, {
  timeout: 180_000 + events * 10 + kills * 20_000,
}, async (context) => {
  const folder = makeFolder();
  const vendor = await startVendor();
  const driver = createDriver('o');
  cleanups.push(folder.remove, vendor.close, driver.close);
  const config = folder.writeConfig(vendor.url);
  const ask = connectToGateway({ dataDir: folder.dataDir });
  let gateway = await startGatewayProcess(config);
  cleanups.push(() => gateway.kill());
  const bing = async () => (await ask('GET /api/connections', {}))[0];
  const getReplay = async () => (await bing())?.replay;
  const killAndStart = async () => {
    await gateway.kill();
    gateway = await startGatewayProcess(config);
  };
  const since = Date.now() - 1_000;
  for (let sent = 0; sent < events; sent += 500) await driver.sendUntilAccepted(gateway.url, 500);
  expect(await waitUntilDelivered({ driver, vendor })).toBe(true);
  expect(await eventually(async () => (await bing())?.counts.delivered === events)).toBe(true);
  const until = Date.now() + 60_000;

  // The platform is down and new events arrive. The replay must leave them to the ordinary cursor.
  vendor.react = () => ({ status: 503 });
  const requestsBeforeOutage = vendor.requests.length;
  await driver.sendUntilAccepted(gateway.url, eventsInOutage);
  expect(await eventually(() => vendor.requests.length > requestsBeforeOutage)).toBe(true);
  await ask(`POST ${path}`, connection, { since, until });
  const passed = (await getReplay())?.passed ?? 0;
  await killAndStart();
  expect(await getReplay()).toMatchObject({ since, until });
  vendor.react = undefined;
  expect(await waitUntilDelivered({ driver, vendor })).toBe(true);
  expect(await eventually(async () => (await getReplay())?.endedAt !== undefined)).toBe(true);
  expect(await getReplay()).toMatchObject({ passed: events, sent: 0 });
  expect(await eventually(async () => (await bing())?.counts.delivered === events + eventsInOutage)).toBe(true);
  const inDoubtBefore = (await bing())?.inDoubt ?? 0;
  expect(findViolations({ driver, vendor, inDoubt: inDoubtBefore })).toEqual(noViolations);
  const repeatedBefore = countRepeats(vendor);

  // A forced replay delivers each event once more, even if it is killed.
  vendor.react = () => ({ status: 503 });
  const all = events + eventsInOutage;
  await ask(`POST ${path}`, connection, { since, until, again: true });
  await killAndStart();
  const countAccepted = () => vendor.requests.reduce((sum, { ids, processed }) => sum + (processed ? ids.length : 0), 0);
  const acceptedBefore = countAccepted();
  vendor.react = () => ({ status: 200, afterMs: 50 });
  for (let kill = 1; kill < kills; kill += 1) {
    const threshold = acceptedBefore + (all * kill) / (kills + 1);
    expect(await eventually(() => countAccepted() >= threshold, 60_000)).toBe(true);
    await killAndStart();
  }
  vendor.react = undefined;
  expect(await eventually(async () => (await getReplay())?.endedAt !== undefined, 60_000 + events)).toBe(true);
  expect(await eventually(async () => (await bing())?.waiting === 0, 60_000 + events)).toBe(true);
  const view = await bing();
  const inDoubt = (view?.inDoubt ?? 0) - inDoubtBefore;
  expect(view?.replay).toMatchObject({ passed: all, sent: all });
  expect(view?.counts).toMatchObject({ delivered: all });
  expect(view).toMatchObject({ deadLetters: 0 });
  // Only a request in doubt after a kill causes a third delivery.
  expect(findViolations({ driver, vendor, inDoubt, allowedDeliveries: 2 })).toEqual(noViolations);
  expect(inDoubt).toBeLessThanOrEqual(kills);
  const deliveriesPerEvent = [...vendor.acceptedEvents.values()].map((payloads) => payloads.length);
  expect(deliveriesPerEvent.filter((deliveries) => deliveries < 2)).toEqual([]);
  const thirdDeliveries = deliveriesPerEvent.filter((deliveries) => deliveries > 2).length;
  addFaultRow(context, {
    fault: 'replay',
    scenario: 'a replay in an outage, killed half-way: first of undelivered events, then of all',
    amount: `${all} events, ${kills + 1} kills`,
    expected: 'continues at its position: first repeats nothing, then repeats each event once',
    observed: `killed at ${passed} of ${events}, 0 again (${repeatedBefore} requests repeated); all ${all} once more, ${thirdDeliveries} of them twice by ${inDoubt} requests in doubt`,
  });
});
