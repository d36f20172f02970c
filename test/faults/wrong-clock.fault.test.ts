import { it, type TestContext } from 'vitest';
import type { Clock } from '../../src/clock/clock.ts';
import { dayMs, hourMs, secondMs } from '../../src/event/units.ts';
import { eventually, makeFolder, writeKey } from '../gateway.fixture.ts';
import { startPacedGateway } from '../paced-gateway.fixture.ts';
import { scale, tell } from './fault-scale.ts';
import { deadOf, freshEvent, inDoubtOf, judge, makeDriver, nothingWrong, settled } from './oracle.ts';
import { startVendor, type Vendor } from './scripted-vendor.ts';

/** The machine's clock, set wrong by so much; timers are the machine's, as they are when its clock is set. */
function wrongClock(byMs: number): Clock & { byMs: number } {
  const clock = {
    byMs,
    now: () => Date.now() + clock.byMs,
    after(ms: number, ring: () => void) {
      const timer = setTimeout(ring, Math.min(Math.max(0, ms), 2 ** 31 - 1));
      return () => clearTimeout(timer);
    },
  };
  return clock;
}

/** In `npm test` those that are days. */
const wrongs = [
  { name: 'an hour ahead', ms: hourMs },
  { name: 'an hour behind', ms: -hourMs },
  { name: '8 days ahead', ms: 8 * dayMs },
  { name: '8 days behind', ms: -8 * dayMs },
] as const;

/** A gateway by a clock that is wrong by so much, and a platform that notes how far times are ahead of that clock. */
async function stage({ onTestFinished }: TestContext, byMs: number) {
  const clock = wrongClock(byMs);
  const folder = makeFolder();
  const vendor = await startVendor();
  const driver = makeDriver('o');
  for (const end of [folder.remove, vendor.close, driver.close]) onTestFinished(end);
  const seen = { aheadMs: Number.NEGATIVE_INFINITY };
  const note = (down: boolean): Vendor['react'] => {
    return ({ events }) => {
      for (const { eventTime } of events) seen.aheadMs = Math.max(seen.aheadMs, eventTime * secondMs - clock.now());
      return down ? { status: 503 } : undefined;
    };
  };
  const up = () => {
    vendor.react = note(false);
  };
  up();
  const gateway = await startPacedGateway(folder.writeConfig(vendor.url), clock);
  onTestFinished(() => gateway.stop());
  /** Takes events that wait, because the platform is down. */
  const takeWaiting = async () => {
    vendor.react = note(true);
    const before = vendor.requests.length;
    await driver.send(gateway.url, 5);
    await eventually(() => vendor.requests.length > before);
  };
  return { clock, vendor, driver, gateway, seen, up, takeWaiting };
}

/** What holds whatever the clock did. */
async function judged(
  { expect }: TestContext,
  { vendor, driver, gateway, seen }: Awaited<ReturnType<typeof stage>>,
  toldOf = new Set<string>(),
) {
  await settled({ driver, vendor, toldOf });
  expect(judge({ driver, vendor, toldOf, inDoubt: await inDoubtOf(gateway.callApi) })).toEqual(nothingWrong);
  expect(await deadOf(gateway.callApi, 'shop')).toEqual(new Map());
  // The platform is told whole seconds.
  expect(seen.aheadMs).toBeLessThanOrEqual(0);
}

for (const { name, ms } of scale === 'part' ? wrongs.slice(2) : wrongs) {
  it.concurrent(`a clock that jumps ${name} while events wait, and comes back, loses, buries and holds up nothing`, async (context) => {
    const { expect } = context;
    const on = await stage(context, 0);
    const { clock, driver, vendor, gateway, up, takeWaiting } = on;
    await driver.send(gateway.url, 5);
    await settled({ driver, vendor });
    // A sweep has seen the clock while it was right.
    expect(await eventually(() => gateway.lines.some(({ msg }) => msg === 'old data removed'))).toBe(true);
    await takeWaiting();
    clock.byMs = ms;
    up();
    const whileWrongMs = await freshEvent(driver, vendor, gateway.url);
    expect(whileWrongMs).toBeLessThan(30_000);
    await takeWaiting();
    clock.byMs = 0;
    up();
    const afterMs = await freshEvent(driver, vendor, gateway.url);
    expect(afterMs).toBeLessThan(30_000);
    await judged(context, on);
    tell(context, {
      fault: 'F14',
      what: `the clock jumps ${name}, then back`,
      times: '2 jumps',
      holds: 'all delivered, none expired, no time ahead of the clock; fresh in 10 s',
      seen: `${driver.obligations.size} delivered; fresh in ${whileWrongMs} and ${afterMs} ms`,
    });
  });

  it.concurrent(`a clock that was ${name} from the start, and is put right, loses, buries and holds up nothing`, async (context) => {
    const { expect } = context;
    const on = await stage(context, ms);
    const { clock, driver, vendor, gateway, up, takeWaiting } = on;
    await driver.send(gateway.url, 5);
    await settled({ driver, vendor });
    expect(await eventually(() => gateway.lines.some(({ msg }) => msg === 'old data removed'))).toBe(true);
    const before = new Set(driver.obligations);
    await takeWaiting();
    // Those that the gateway dated 8 days back are too old by the right clock. They wait until it is believed, and nothing says so sooner.
    const misdated = ms < -7 * dayMs ? [...driver.obligations].filter((id) => !before.has(id)) : [];
    clock.byMs = 0;
    up();
    const afterMs = await freshEvent(driver, vendor, gateway.url);
    expect(afterMs).toBeLessThan(30_000);
    await judged(context, on, new Set(misdated));
    const [connection] = await gateway.callApi('GET /api/connections', {});
    expect(connection?.waiting).toBe(misdated.length);
    tell(context, {
      fault: 'F14',
      what: `the clock was ${name}, then put right`,
      times: '1 start, 1 jump',
      holds: 'all delivered, none expired, no time ahead of the clock; fresh in 10 s',
      seen: `${driver.obligations.size - misdated.length} delivered, ${misdated.length} misdated wait; fresh in ${afterMs} ms`,
    });
  });

  it.concurrent(`a shopper whose clock is ${name} is reported at the right time`, async (context) => {
    const { expect } = context;
    const { vendor, gateway } = await stage(context, 0);
    const theirs = Date.now() + ms;
    const answer = await fetch(`${gateway.url}/e`, {
      method: 'POST',
      headers: {
        'content-type': 'text/plain',
        'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      },
      body: JSON.stringify({
        writeKey,
        sentAt: theirs,
        events: [
          {
            id: 'of-the-browser',
            name: 'AddToCart',
            time: theirs,
            consent: { adStorage: 'granted', source: 'call', explicit: true },
          },
        ],
      }),
    });
    expect(await answer.json()).toMatchObject({ accepted: 1, rejected: [] });
    expect(await eventually(() => vendor.taken.has('of-the-browser'))).toBe(true);
    const [{ eventTime = 0 } = {}] = vendor.taken.get('of-the-browser') ?? [];
    const offMs = Math.abs(eventTime * secondMs - Date.now());
    expect(offMs).toBeLessThan(60_000);
    tell(context, {
      fault: 'F14',
      what: `a shopper's clock is ${name}`,
      times: '1 event',
      holds: 'reported at the right time',
      seen: `within ${Math.ceil(offMs / secondMs)} s, delivery included`,
    });
  });
}
