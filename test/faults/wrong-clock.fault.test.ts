import { it, type TestContext } from 'vitest';
import { type Clock, systemClock } from '../../src/clock/clock.ts';
import { dayMs, hourMs, secondMs } from '../../src/event/units.ts';
import { eventually, makeFolder, writeKey } from '../gateway.fixture.ts';
import { startPacedGateway } from '../paced-gateway.fixture.ts';
import { addFaultRow, scale } from './fault-scale.ts';
import {
  countInDoubt,
  createDriver,
  findViolations,
  getDeadLetterCauses,
  measureFreshEvent,
  noViolations,
  waitUntilDelivered,
} from './oracle.ts';
import { startVendor, type Vendor } from './scripted-vendor.ts';

/** Creates a clock that differs from the machine's by `offsetMs`. Its timers are unaffected, as when a system clock is set. */
function createWrongClock(offsetMs: number): Clock & { offsetMs: number } {
  const clock = { ...systemClock, offsetMs, now: () => Date.now() + clock.offsetMs };
  return clock;
}

/** `npm test` runs only the errors of days. */
const clockErrors = [
  { name: 'an hour ahead', ms: hourMs },
  { name: 'an hour behind', ms: -hourMs },
  { name: '8 days ahead', ms: 8 * dayMs },
  { name: '8 days behind', ms: -8 * dayMs },
] as const;

/** Starts a gateway with a wrong clock, and a platform that records how far event times are ahead of that clock. */
async function startWithClock({ onTestFinished }: TestContext, offsetMs: number) {
  const clock = createWrongClock(offsetMs);
  const folder = makeFolder();
  const vendor = await startVendor();
  const driver = createDriver('o');
  for (const cleanUp of [folder.remove, vendor.close, driver.close]) onTestFinished(cleanUp);
  const observed = { aheadMs: Number.NEGATIVE_INFINITY };
  const createReaction = (isDown: boolean): Vendor['react'] => {
    return ({ events }) => {
      for (const { eventTime } of events) observed.aheadMs = Math.max(observed.aheadMs, eventTime * secondMs - clock.now());
      return isDown ? { status: 503 } : undefined;
    };
  };
  const goUp = () => {
    vendor.react = createReaction(false);
  };
  goUp();
  const gateway = await startPacedGateway(folder.writeConfig(vendor.url), clock);
  onTestFinished(() => gateway.stop());
  /** Takes the platform down and sends events, so that they wait. */
  const queueEvents = async () => {
    vendor.react = createReaction(true);
    const before = vendor.requests.length;
    await driver.send(gateway.url, 5);
    await eventually(() => vendor.requests.length > before);
  };
  return { clock, vendor, driver, gateway, observed, goUp, queueEvents };
}

/** Checks everything that is independent of the clock. */
async function checkResult(
  { expect }: TestContext,
  { vendor, driver, gateway, observed }: Awaited<ReturnType<typeof startWithClock>>,
  reportedIds = new Set<string>(),
) {
  await waitUntilDelivered({ driver, vendor, reportedIds });
  expect(findViolations({ driver, vendor, reportedIds, inDoubt: await countInDoubt(gateway.callApi) })).toEqual(noViolations);
  expect(await getDeadLetterCauses(gateway.callApi, 'shop')).toEqual(new Map());
  // Event times at the platform are whole seconds.
  expect(observed.aheadMs).toBeLessThanOrEqual(0);
}

for (const { name, ms } of scale === 'part' ? clockErrors.slice(2) : clockErrors) {
  it.concurrent(`a clock that jumps ${name} while events wait, and comes back, loses, buries and holds up nothing`, async (context) => {
    const { expect } = context;
    const setup = await startWithClock(context, 0);
    const { clock, driver, vendor, gateway, goUp, queueEvents } = setup;
    await driver.send(gateway.url, 5);
    await waitUntilDelivered({ driver, vendor });
    // A retention sweep ran while the clock was right.
    expect(await eventually(() => gateway.lines.some(({ msg }) => msg === 'old data removed'))).toBe(true);
    await queueEvents();
    clock.offsetMs = ms;
    goUp();
    const whileWrongMs = await measureFreshEvent(driver, vendor, gateway.url);
    expect(whileWrongMs).toBeLessThan(30_000);
    await queueEvents();
    clock.offsetMs = 0;
    goUp();
    const afterMs = await measureFreshEvent(driver, vendor, gateway.url);
    expect(afterMs).toBeLessThan(30_000);
    await checkResult(context, setup);
    addFaultRow(context, {
      fault: 'F14',
      scenario: `the clock jumps ${name}, then back`,
      amount: '2 jumps',
      expected: 'all delivered, none expired, no time ahead of the clock; fresh in 10 s',
      observed: `${driver.obligations.size} delivered; fresh in ${whileWrongMs} and ${afterMs} ms`,
    });
  });

  it.concurrent(`a clock that was ${name} from the start, and is put right, loses, buries and holds up nothing`, async (context) => {
    const { expect } = context;
    const setup = await startWithClock(context, ms);
    const { clock, driver, vendor, gateway, goUp, queueEvents } = setup;
    await driver.send(gateway.url, 5);
    await waitUntilDelivered({ driver, vendor });
    expect(await eventually(() => gateway.lines.some(({ msg }) => msg === 'old data removed'))).toBe(true);
    const before = new Set(driver.obligations);
    await queueEvents();
    // Events that the gateway dated 8 days back are too old for the right clock. They wait until the clock check accepts
    // the right clock, and have no final outcome before that.
    const misdatedIds = ms < -7 * dayMs ? [...driver.obligations].filter((id) => !before.has(id)) : [];
    clock.offsetMs = 0;
    goUp();
    const afterMs = await measureFreshEvent(driver, vendor, gateway.url);
    expect(afterMs).toBeLessThan(30_000);
    await checkResult(context, setup, new Set(misdatedIds));
    // The platform has the fresh event before the gateway has stored its answer.
    const countWaiting = async () => (await gateway.callApi('GET /api/connections', {}))[0]?.waiting;
    await eventually(async () => (await countWaiting()) === misdatedIds.length);
    expect(await countWaiting()).toBe(misdatedIds.length);
    addFaultRow(context, {
      fault: 'F14',
      scenario: `the clock was ${name}, then put right`,
      amount: '1 start, 1 jump',
      expected: 'all delivered, none expired, no time ahead of the clock; fresh in 10 s',
      observed: `${driver.obligations.size - misdatedIds.length} delivered, ${misdatedIds.length} misdated wait; fresh in ${afterMs} ms`,
    });
  });

  it.concurrent(`a shopper whose clock is ${name} is reported at the right time`, async (context) => {
    const { expect } = context;
    const { vendor, gateway } = await startWithClock(context, 0);
    const browserTime = Date.now() + ms;
    const response = await fetch(`${gateway.url}/e`, {
      method: 'POST',
      headers: {
        'content-type': 'text/plain',
        'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      },
      body: JSON.stringify({
        writeKey,
        sentAt: browserTime,
        events: [
          {
            id: 'browser-event',
            name: 'AddToCart',
            time: browserTime,
            consent: { adStorage: 'granted', source: 'call', explicit: true },
          },
        ],
      }),
    });
    expect(await response.json()).toMatchObject({ accepted: 1, rejected: [] });
    expect(await eventually(() => vendor.acceptedEvents.has('browser-event'))).toBe(true);
    const [{ eventTime = 0 } = {}] = vendor.acceptedEvents.get('browser-event') ?? [];
    const errorMs = Math.abs(eventTime * secondMs - Date.now());
    expect(errorMs).toBeLessThan(60_000);
    addFaultRow(context, {
      fault: 'F14',
      scenario: `a shopper's clock is ${name}`,
      amount: '1 event',
      expected: 'reported at the right time',
      observed: `within ${Math.ceil(errorMs / secondMs)} s, delivery included`,
    });
  });
}
