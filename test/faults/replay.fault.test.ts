import { afterEach, expect, it } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { eventually, makeFolder, startGatewayProcess } from '../gateway.fixture.ts';
import { sized, tell } from './fault-scale.ts';
import { judge, makeDriver, nothingWrong, repeats, settled } from './oracle.ts';
import { startVendor } from './scripted-vendor.ts';

const ending: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

const events = sized({ part: 2_000, whole: 20_000, nightly: 200_000 });
const meanwhile = 500;
const kills = sized({ part: 2, whole: 6, nightly: 40 });
const address = '/api/sites/:site/connections/:connection/replay';
const connection = { site: 'shop', connection: 'bing' } as const;

it(`a replay that is begun in an outage and killed ${kills} times goes on where it was: each event once more where it was forced, and none otherwise`, {
  timeout: 180_000 + events * 10 + kills * 20_000,
}, async (context) => {
  const folder = makeFolder();
  const vendor = await startVendor();
  const driver = makeDriver('o');
  ending.push(folder.remove, vendor.close, driver.close);
  const config = folder.writeConfig(vendor.url);
  const ask = connectToGateway({ dataDir: folder.dataDir });
  let gateway = await startGatewayProcess(config);
  ending.push(() => gateway.kill());
  const bing = async () => (await ask('GET /api/connections', {}))[0];
  const replayed = async () => (await bing())?.replay;
  const killAndStart = async () => {
    await gateway.kill();
    gateway = await startGatewayProcess(config);
  };
  const since = Date.now() - 1_000;
  for (let sent = 0; sent < events; sent += 500) await driver.sendUntilTaken(gateway.url, 500);
  expect(await settled({ driver, vendor })).toBe(true);
  expect(await eventually(async () => (await bing())?.counts.delivered === events)).toBe(true);
  const until = Date.now() + 60_000;

  // Down, and events come that nobody has delivered yet; the replay is to leave them to the first cursor.
  vendor.react = () => ({ status: 503 });
  const wellUntil = vendor.requests.length;
  await driver.sendUntilTaken(gateway.url, meanwhile);
  expect(await eventually(() => vendor.requests.length > wellUntil)).toBe(true);
  await ask(`POST ${address}`, connection, { since, until });
  const passed = (await replayed())?.passed ?? 0;
  await killAndStart();
  expect(await replayed()).toMatchObject({ since, until });
  vendor.react = undefined;
  expect(await settled({ driver, vendor })).toBe(true);
  expect(await eventually(async () => (await replayed())?.endedAt !== undefined)).toBe(true);
  expect(await replayed()).toMatchObject({ passed: events, sent: 0 });
  expect(await eventually(async () => (await bing())?.counts.delivered === events + meanwhile)).toBe(true);
  const inDoubtBefore = (await bing())?.inDoubt ?? 0;
  expect(judge({ driver, vendor, inDoubt: inDoubtBefore })).toEqual(nothingWrong);
  const repeatedBefore = repeats(vendor);

  // Forced: every one of them once more, whatever happens half-way.
  vendor.react = () => ({ status: 503 });
  const all = events + meanwhile;
  await ask(`POST ${address}`, connection, { since, until, again: true });
  await killAndStart();
  const taken = () => vendor.requests.reduce((sum, { ids, processed }) => sum + (processed ? ids.length : 0), 0);
  const takenBefore = taken();
  vendor.react = () => ({ status: 200, afterMs: 50 });
  for (let kill = 1; kill < kills; kill += 1) {
    const mark = takenBefore + (all * kill) / (kills + 1);
    expect(await eventually(() => taken() >= mark, 60_000)).toBe(true);
    await killAndStart();
  }
  vendor.react = undefined;
  expect(await eventually(async () => (await replayed())?.endedAt !== undefined, 60_000 + events)).toBe(true);
  expect(await eventually(async () => (await bing())?.waiting === 0, 60_000 + events)).toBe(true);
  const view = await bing();
  const inDoubt = (view?.inDoubt ?? 0) - inDoubtBefore;
  expect(view?.replay).toMatchObject({ passed: all, sent: all });
  expect(view?.counts).toMatchObject({ delivered: all });
  expect(view).toMatchObject({ deadLetters: 0 });
  // A request that a kill left in doubt is the one way to a third time.
  expect(judge({ driver, vendor, inDoubt, often: 2 })).toEqual(nothingWrong);
  expect(inDoubt).toBeLessThanOrEqual(kills);
  const times = [...vendor.taken.values()].map((payloads) => payloads.length);
  expect(times.filter((often) => often < 2)).toEqual([]);
  const thrice = times.filter((often) => often > 2).length;
  tell(context, {
    fault: 'replay',
    what: 'a replay in an outage, killed half-way: first of what is missing, then of everything',
    times: `${all} events, ${kills + 1} kills`,
    holds: 'goes on where it was: nothing that was delivered again, then each once more',
    seen: `killed at ${passed} of ${events}, 0 again (${repeatedBefore} requests repeated); all ${all} once more, ${thrice} of them twice by ${inDoubt} requests in doubt`,
  });
});
