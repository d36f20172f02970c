import { afterEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { minuteMs, secondMs } from '../../src/event/units.ts';
import { eventually, makeFolder } from '../gateway.fixture.ts';
import { startPacedGateway } from '../paced-gateway.fixture.ts';
import { addFaultRow, pickByScale } from './fault-scale.ts';
import { createDriver, findViolations, noViolations, waitUntilDelivered } from './oracle.ts';
import { startVendor } from './scripted-vendor.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

const storms = pickByScale({ part: 1, whole: 3, nightly: 10 });
const pace = pickByScale({ part: 1_200, whole: 600, nightly: 200 });
const backlog = pickByScale({ part: 4_000, whole: 60_000, nightly: 500_000 });
/** The platform's limit of full requests. One connection of a small machine sends 5 to 20 per second, so a limit of 50 would have no effect. */
const cap = { perSecond: 2, burst: 2 };

const formatDateAfter = (ms: number, now: number) => new Date(now + ms).toUTCString();

/** Values of `Retry-After` with the wait that each requests. Invalid values request no wait. */
const retryAfterCases: readonly ((now: number) => readonly [header: string | undefined, ms: number])[] = [
  () => ['2', 2 * secondMs],
  (now) => [formatDateAfter(7 * secondMs, now), 6 * secondMs],
  () => ['soon', 0],
  () => [' 45 ', 45 * secondMs],
  () => ['-5', 0],
  () => ['0', 0],
  (now) => [formatDateAfter(15 * minuteMs, now), 15 * minuteMs - secondMs],
  () => ['1e9', 0],
  () => ['900', 15 * minuteMs],
  (now) => [formatDateAfter(-minuteMs, now), 0],
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
  const driver = createDriver('o');
  const gateway = await startPacedGateway(folder.writeConfig(vendor.url), clock);
  cleanups.push(folder.remove, vendor.close, driver.close, gateway.stop);
  const bing = async () => (await gateway.callApi('GET /api/connections'))[0];

  let [requests, violations, notBefore] = [0, 0, 0];
  vendor.react = () => {
    const now = clock.now();
    if (now < notBefore) violations += 1;
    const [header, ms] = retryAfterCases[requests % retryAfterCases.length]?.(now) ?? [undefined, 0];
    requests += 1;
    notBefore = now + ms;
    return { status: 429, ...(header !== undefined && { headers: { 'retry-after': header } }) };
  };
  for (let sent = 0; sent < backlog; sent += 500) await driver.sendUntilAccepted(gateway.url, 500);
  clock.pace(pace);
  expect(await eventually(() => requests >= storms * retryAfterCases.length, 60_000 * storms)).toBe(true);
  expect(violations).toBe(0);
  expect(await bing()).toMatchObject({ deferred: 0, deadLetters: 0 });

  let [tokens, filledAt, rejected, accepted] = [cap.burst, 0, 0, 0];
  let firstAt: number | undefined;
  vendor.react = () => {
    if (clock.now() < notBefore) violations += 1;
    clock.pace(1);
    const now = performance.now();
    firstAt ??= now;
    tokens = Math.min(cap.burst, tokens + ((now - (filledAt || now)) / secondMs) * cap.perSecond);
    filledAt = now;
    if (tokens < 1) {
      rejected += 1;
      return { status: 429 };
    }
    tokens -= 1;
    accepted += 1;
    return undefined;
  };
  let breakerOpenings = 0;
  const isDrained = async () => {
    if (firstAt !== undefined && (await bing())?.health === 'unhealthy' && accepted > 1) breakerOpenings += 1;
    return waitUntilDelivered({ driver, vendor }, 0);
  };
  expect(await eventually(isDrained, 60_000 + (backlog / 1_000 / cap.perSecond) * 4_000)).toBe(true);
  const seconds = (performance.now() - (firstAt ?? 0)) / secondMs;
  expect(violations).toBe(0);
  expect(breakerOpenings).toBe(0);
  expect(rejected).toBeLessThanOrEqual(accepted / 2);
  expect(accepted + rejected).toBeLessThanOrEqual(1.5 * (cap.perSecond * seconds + cap.burst));
  expect(vendor.maxConcurrent).toBeLessThanOrEqual(2);
  const view = await bing();
  expect(view).toMatchObject({ deferred: 0, deadLetters: 0 });
  expect(findViolations({ driver, vendor, inDoubt: view?.inDoubt ?? 0 })).toEqual(noViolations);
  addFaultRow(context, {
    fault: 'F9',
    scenario: '429 with both forms of Retry-After and with garbage, then a cap of 2 full requests a second',
    amount: `${storms * retryAfterCases.length} × 429, ${backlog} events waiting`,
    expected: 'no request too early; the breaker stays closed under the cap, ≤ 1 in 3 rejected',
    observed: `${violations} too early; ${(accepted / seconds).toFixed(1)} requests/s accepted, ${rejected} of ${accepted + rejected} rejected`,
  });
});
