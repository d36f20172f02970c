import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { eventually, makeFolder } from '../gateway.fixture.ts';
import { startPacedGateway } from '../paced-gateway.fixture.ts';
import { createRandom } from '../random.fixture.ts';
import { addFaultRow, pickByScale } from './fault-scale.ts';
import { countRepeats, createDriver, findViolations, measureFreshEvent, noViolations, waitUntilDelivered } from './oracle.ts';
import { startVendor } from './scripted-vendor.ts';
import { startTcpProxy, type Transfer } from './tcp-proxy.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

const breaks = pickByScale({ part: 8, whole: 60, nightly: 1_000 });
const silences = pickByScale({ part: 0, whole: 3, nightly: 20 });
const delayMs = 100;
/** Approximate size of a response with its headers. */
const responseBytes = 240;

it(`a slow line to the platform that breaks ${breaks} times in a request or its answer, and goes silent, loses nothing, and repeats only what is counted as in doubt`, {
  timeout: 120_000 + breaks * 5_000 + silences * 30_000,
}, async (context) => {
  const folder = makeFolder();
  const clock = createPacedClock();
  const vendor = await startVendor();
  const proxy = await startTcpProxy(vendor.url);
  const driver = createDriver('o');
  const gateway = await startPacedGateway(folder.writeConfig(proxy.url), clock);
  cleanups.push(folder.remove, vendor.close, proxy.close, driver.close, gateway.stop);
  const bing = async () => (await gateway.callApi('GET /api/connections'))[0];

  proxy.delayMs = delayMs;
  expect(await measureFreshEvent(driver, vendor, gateway.url)).toBeGreaterThan(delayMs);

  // The clock shortens the waits between attempts; request timeouts are real.
  clock.pace(20);
  let isOver = false;
  const load = (async () => {
    while (!isOver) {
      await driver.sendUntilAccepted(gateway.url, 5);
      await sleep(30);
    }
  })();
  const random = createRandom(context);
  let [requests, broken, silent] = [0, 0, 0];
  proxy.chooseTransfer = () => {
    requests += 1;
    if (requests % 2 === 0) return 'complete';
    if (broken < breaks) {
      broken += 1;
      const transfers: readonly Transfer[] = ['request-lost', { responseBytes: random.integer(responseBytes) }];
      return transfers[broken % 3 === 0 ? 0 : 1] ?? 'complete';
    }
    if (silent < silences) {
      silent += 1;
      return 'silence';
    }
    return 'complete';
  };
  expect(await eventually(() => broken + silent >= breaks + silences, 60_000 + breaks * 5_000 + silences * 30_000)).toBe(true);
  isOver = true;
  await load;
  expect(await waitUntilDelivered({ driver, vendor })).toBe(true);
  // A request whose answer was lost may still be sent again.
  let view: Awaited<ReturnType<typeof bing>>;
  const isIdle = async () => {
    view = await bing();
    return view?.lag.events === 0 && view.waiting === 0;
  };
  expect(await eventually(isIdle)).toBe(true);
  const inDoubt = view?.inDoubt ?? 0;
  expect(findViolations({ driver, vendor, inDoubt })).toEqual(noViolations);
  expect(inDoubt).toBeGreaterThan(0);
  expect(view).toMatchObject({ waiting: 0, deadLetters: 0 });
  clock.pace(1);
  expect(await measureFreshEvent(driver, vendor, gateway.url)).toBeLessThan(10_000);
  addFaultRow(context, {
    fault: 'line',
    scenario: `${2 * delayMs} ms round trip; breaks, and silence of 10 s`,
    amount: `${breaks} breaks, ${silences} silences`,
    expected: 'nothing lost; repeats are counted as in doubt',
    observed: `0 of ${driver.obligations.size} lost, ${countRepeats(vendor)} requests repeated, ${inDoubt} in doubt`,
  });
});
