import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { eventually, makeFolder } from '../gateway.fixture.ts';
import { startPacedGateway } from '../paced-gateway.fixture.ts';
import { createRandom } from '../random.fixture.ts';
import { sized, tell } from './fault-scale.ts';
import { freshEvent, judge, makeDriver, nothingWrong, repeats, settled } from './oracle.ts';
import { startVendor } from './scripted-vendor.ts';
import { type OnTheWay, startLine } from './tcp-proxy.ts';

const ending: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

const breaks = sized({ part: 8, whole: 60, nightly: 1_000 });
const silences = sized({ part: 0, whole: 3, nightly: 20 });
const delayMs = 100;
/** Head and body of an answer are about as long. */
const answerBytes = 240;

it(`a slow line to the platform that breaks ${breaks} times in a request or its answer, and goes silent, loses nothing, and repeats only what is counted as in doubt`, {
  timeout: 120_000 + breaks * 5_000 + silences * 30_000,
}, async (context) => {
  const folder = makeFolder();
  const clock = createPacedClock();
  const vendor = await startVendor();
  const line = await startLine(vendor.url);
  const driver = makeDriver('o');
  const gateway = await startPacedGateway(folder.writeConfig(line.url), clock);
  ending.push(folder.remove, vendor.close, line.close, driver.close, gateway.stop);
  const bing = async () => (await gateway.callApi('GET /api/connections'))[0];

  line.delayMs = delayMs;
  expect(await freshEvent(driver, vendor, gateway.url)).toBeGreaterThan(delayMs);

  // The waits between two tries are short, and those for an answer are as long as ever.
  clock.pace(20);
  let isOver = false;
  const load = (async () => {
    while (!isOver) {
      await driver.sendUntilTaken(gateway.url, 5);
      await sleep(30);
    }
  })();
  const random = createRandom(context);
  let [asked, broken, silent] = [0, 0, 0];
  line.next = () => {
    asked += 1;
    if (asked % 2 === 0) return 'arrives';
    if (broken < breaks) {
      broken += 1;
      const ways: readonly OnTheWay[] = ['request-lost', { answerBytes: random.integer(answerBytes) }];
      return ways[broken % 3 === 0 ? 0 : 1] ?? 'arrives';
    }
    if (silent < silences) {
      silent += 1;
      return 'silence';
    }
    return 'arrives';
  };
  expect(await eventually(() => broken + silent >= breaks + silences, 60_000 + breaks * 5_000 + silences * 30_000)).toBe(true);
  isOver = true;
  await load;
  expect(await settled({ driver, vendor })).toBe(true);
  expect(await eventually(async () => (await bing())?.lag.events === 0)).toBe(true);
  const view = await bing();
  const inDoubt = view?.inDoubt ?? 0;
  expect(judge({ driver, vendor, inDoubt })).toEqual(nothingWrong);
  expect(inDoubt).toBeGreaterThan(0);
  expect(view).toMatchObject({ waiting: 0, deadLetters: 0 });
  clock.pace(1);
  expect(await freshEvent(driver, vendor, gateway.url)).toBeLessThan(10_000);
  tell(context, {
    fault: 'line',
    what: `${2 * delayMs} ms there and back; breaks, and silence of 10 s`,
    times: `${breaks} breaks, ${silences} silences`,
    holds: 'nothing lost; repeats are counted as in doubt',
    seen: `0 of ${driver.obligations.size} lost, ${repeats(vendor)} requests repeated, ${inDoubt} in doubt`,
  });
});
