import { afterEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { minuteMs, secondMs } from '../../src/event/units.ts';
import { eventually, makeFolder } from '../gateway.fixture.ts';
import { startPacedGateway } from '../paced-gateway.fixture.ts';
import { sized, tell } from './fault-scale.ts';
import { judge, makeDriver, nothingWrong, settled } from './oracle.ts';
import { startVendor } from './scripted-vendor.ts';

const ending: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

const storms = sized({ part: 1, whole: 3, nightly: 10 });
const pace = sized({ part: 1_200, whole: 600, nightly: 200 });
const backlog = sized({ part: 8_000, whole: 60_000, nightly: 500_000 });
/** Full requests. One connection of a small machine comes to 5 to 20 a second, so that a cap of 50 would never be felt. */
const cap = { perSecond: 2, burst: 2 };

const dateIn = (ms: number, now: number) => new Date(now + ms).toUTCString();

/** What a platform writes into `Retry-After`, and how long it asks for by that; what cannot be read asks for nothing. */
const asks: readonly ((now: number) => readonly [header: string | undefined, ms: number])[] = [
  () => ['2', 2 * secondMs],
  (now) => [dateIn(7 * secondMs, now), 6 * secondMs],
  () => ['soon', 0],
  () => [' 45 ', 45 * secondMs],
  () => ['-5', 0],
  () => ['0', 0],
  (now) => [dateIn(15 * minuteMs, now), 15 * minuteMs - secondMs],
  () => ['1e9', 0],
  () => ['900', 15 * minuteMs],
  (now) => [dateIn(-minuteMs, now), 0],
  () => ['5, 10', 0],
  () => ['Wed, 99 Nov 2026', 0],
  () => ['', 0],
  () => [undefined, 0],
  () => ['99999999999999999999', 0],
  () => ['600', 10 * minuteMs],
];

it('Retry-After is respected in every form, and a platform that accepts 2 requests a second gets about as many', {
  timeout: 180_000 + backlog * 4 + storms * 60_000,
}, async (context) => {
  const folder = makeFolder();
  const clock = createPacedClock();
  const vendor = await startVendor({ now: clock.now });
  const driver = makeDriver('o');
  const gateway = await startPacedGateway(folder.writeConfig(vendor.url), clock);
  ending.push(folder.remove, vendor.close, driver.close, gateway.stop);
  const bing = async () => (await gateway.callApi('GET /api/connections'))[0];

  let [asked, violations, notBefore] = [0, 0, 0];
  vendor.react = () => {
    const now = clock.now();
    if (now < notBefore) violations += 1;
    const [header, ms] = asks[asked % asks.length]?.(now) ?? [undefined, 0];
    asked += 1;
    notBefore = now + ms;
    return { status: 429, ...(header !== undefined && { headers: { 'retry-after': header } }) };
  };
  for (let sent = 0; sent < backlog; sent += 500) await driver.sendUntilTaken(gateway.url, 500);
  clock.pace(pace);
  expect(await eventually(() => asked >= storms * asks.length, 60_000 * storms)).toBe(true);
  expect(violations).toBe(0);
  expect(await bing()).toMatchObject({ waiting: 0, deadLetters: 0 });

  let [tokens, filledAt, refused, taken] = [cap.burst, 0, 0, 0];
  let firstAt: number | undefined;
  vendor.react = () => {
    if (clock.now() < notBefore) violations += 1;
    clock.pace(1);
    const now = performance.now();
    firstAt ??= now;
    tokens = Math.min(cap.burst, tokens + ((now - (filledAt || now)) / secondMs) * cap.perSecond);
    filledAt = now;
    if (tokens < 1) {
      refused += 1;
      return { status: 429 };
    }
    tokens -= 1;
    taken += 1;
    return undefined;
  };
  let opened = 0;
  const isDrained = async () => {
    if (firstAt !== undefined && (await bing())?.health === 'unhealthy' && taken > 1) opened += 1;
    return settled({ driver, vendor }, 0);
  };
  expect(await eventually(isDrained, 60_000 + (backlog / 1_000 / cap.perSecond) * 4_000)).toBe(true);
  const seconds = (performance.now() - (firstAt ?? 0)) / secondMs;
  expect(violations).toBe(0);
  expect(opened).toBe(0);
  expect(refused).toBeLessThanOrEqual(taken / 2);
  expect(taken + refused).toBeLessThanOrEqual(1.5 * (cap.perSecond * seconds + cap.burst));
  expect(vendor.mostAtOnce).toBeLessThanOrEqual(2);
  const view = await bing();
  expect(view).toMatchObject({ waiting: 0, deadLetters: 0 });
  expect(judge({ driver, vendor, inDoubt: view?.inDoubt ?? 0 })).toEqual(nothingWrong);
  tell(context, {
    fault: 'F9',
    what: '429 with both forms of Retry-After and with garbage, then a cap of 2 full requests a second',
    times: `${storms * asks.length} × 429, ${backlog} events waiting`,
    holds: 'no request before its time; the breaker stays closed under the cap, ≤ 1 in 3 refused',
    seen: `${violations} too early; ${(taken / seconds).toFixed(1)} requests/s taken, ${refused} of ${taken + refused} refused`,
  });
});
