import { describe, expect, it, type TestContext } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { dayMs, hourMs, minuteMs, secondMs } from '../../src/event/units.ts';
import { eventually, makeFolder } from '../gateway.fixture.ts';
import { startPacedGateway } from '../paced-gateway.fixture.ts';
import { sized, tell } from './fault-scale.ts';
import { deadOf, freshEvent, judge, makeDriver, nothingWrong, settled } from './oracle.ts';
import { startVendor, type VendorRequest } from './scripted-vendor.ts';

async function openOutage({ onTestFinished }: TestContext) {
  const folder = makeFolder();
  const clock = createPacedClock();
  const vendor = await startVendor({ now: clock.now });
  const driver = makeDriver('o');
  const gateway = await startPacedGateway(folder.writeConfig(vendor.url), clock);
  onTestFinished(async () => {
    await gateway.stop();
    await Promise.all([driver.close(), vendor.close()]);
    folder.remove();
  });
  const bing = async () => {
    const [view] = await gateway.callApi('GET /api/connections');
    if (!view) throw new Error('no connection');
    return view;
  };
  const goDown = () => {
    vendor.react = () => ({ status: 503 });
  };
  /** Well again; `onFirst` hears of the first request that is taken. */
  const goUp = (onFirst: () => void) => {
    vendor.react = () => {
      vendor.react = undefined;
      onFirst();
      return undefined;
    };
  };
  return { clock, vendor, driver, gateway, bing, goDown, goUp };
}

const failuresThatOpen = 5;
const probesOf = (requests: readonly VendorRequest[]) => requests.slice(failuresThatOpen);

const events = sized({ part: 3_600, whole: 36_000, nightly: 360_000 });
const pace = sized({ part: 400, whole: 60, nightly: 15 });
const aimDrainMs = 5 * minuteMs;

const stepMs = sized({ part: 12, whole: 2, nightly: 0.25 }) * hourMs;
const young = 7 * dayMs - hourMs;

describe.concurrent('an outage of the platform', () => {
  it(`for an hour of ${events} events gets a few small probes and costs no row, and all of it is drained soon after`, {
    timeout: 120_000 + hourMs / pace + aimDrainMs + events,
  }, async (context) => {
    const { clock, vendor, driver, gateway, bing, goDown, goUp } = await openOutage(context);
    expect(await freshEvent(driver, vendor, gateway.url)).toBeLessThan(10_000);
    goDown();
    clock.pace(pace);
    const downSince = clock.now();
    const firstRequest = vendor.requests.length;
    const before = driver.obligations.size;
    let rows = 0;
    const atOnce = Math.min(500, events / 60);
    while (clock.now() < downSince + hourMs) {
      const due = Math.floor(((clock.now() - downSince) / hourMs) * events);
      const sent = driver.obligations.size - before;
      if (sent + atOnce <= due) await driver.sendUntilTaken(gateway.url, atOnce);
      else await clock.pass((atOnce / events) * hourMs * 0.2);
      rows = Math.max(rows, (await bing()).waiting);
    }
    while (driver.obligations.size - before < events) await driver.sendUntilTaken(gateway.url, atOnce);
    const probes = probesOf(vendor.requests.slice(firstRequest));
    expect(rows).toBe(0);
    expect(probes.length).toBeGreaterThan(5);
    expect(probes.length).toBeLessThanOrEqual(18);
    expect(probes.every(({ ids }) => ids.length <= 10)).toBe(true);

    let upAt = 0;
    goUp(() => {
      clock.pace(1);
      upAt = performance.now();
    });
    expect(await eventually(() => upAt > 0)).toBe(true);
    expect(await settled({ driver, vendor }, aimDrainMs)).toBe(true);
    const drainedMs = performance.now() - upAt;
    expect(drainedMs).toBeLessThanOrEqual(aimDrainMs);
    expect(vendor.mostAtOnce).toBeLessThanOrEqual(2);
    const view = await bing();
    expect(judge({ driver, vendor, inDoubt: view.inDoubt })).toEqual(nothingWrong);
    expect(view).toMatchObject({ inDoubt: 0, waiting: 0, deadLetters: 0 });
    tell(context, {
      fault: 'F7',
      what: 'the platform is down for an hour',
      times: `${events} events, 1 h at ×${pace}`,
      holds: '0 straggler rows; ≤ 18 probes of ≤ 10 events; drained ≤ 5 min of the machine after the first success',
      seen: `${rows} rows, ${probes.length} probes, drained in ${(drainedMs / secondMs).toFixed(1)} s`,
    });
  });

  it.for([
    ['6 days and 22 hours', 6 * dayMs + 22 * hourMs],
    ['7 days and 4 hours', 7 * dayMs + 4 * hourMs],
  ] as const)(
    'an outage of %s is reported twice; young events are delivered, and the others expire as dead letters',
    {
      timeout: 180_000 + (8 * dayMs * 1_000) / stepMs,
    },
    async ([words, downMs], context) => {
      const { clock, vendor, driver, gateway, bing, goDown, goUp } = await openOutage(context);
      expect(await freshEvent(driver, vendor, gateway.url)).toBeLessThan(10_000);
      goDown();
      const downSince = clock.now();
      const sentAt = new Map<string, number>();
      const takeSome = async (some: number) => {
        const at = clock.now();
        await driver.sendUntilTaken(gateway.url, some);
        for (const id of [...driver.obligations].slice(1 + sentAt.size)) sentAt.set(id, at);
      };
      const isTold = (of: string) => gateway.lines.some(({ msg }) => msg.includes(of));
      /** The machine sleeps again and again, and wakes for half a minute in between. */
      const passTo = async (afterMs: number) => {
        clock.pace(60);
        for (let left = downSince + afterMs - clock.now(); left > 0; left = downSince + afterMs - clock.now()) {
          clock.jump(Math.min(stepMs, left));
          await takeSome(10);
          await clock.pass(30 * secondMs);
        }
      };
      await takeSome(500);
      await passTo(6 * hourMs - 10 * minuteMs);
      expect(isTold('over 6 hours')).toBe(false);
      await passTo(6 * hourMs + minuteMs);
      expect(await eventually(() => isTold('over 6 hours'))).toBe(true);
      await passTo(5 * dayMs - 10 * minuteMs);
      expect(isTold('over 5 days')).toBe(false);
      await passTo(5 * dayMs + minuteMs);
      expect(await eventually(() => isTold('over 5 days'))).toBe(true);
      const { losesAt } = await bing();
      expect(losesAt).toBeGreaterThanOrEqual(downSince + young);
      expect(losesAt).toBeLessThan(downSince + young + minuteMs);
      await passTo(downMs);
      expect(vendor.taken.size).toBe(1);

      clock.pace(5);
      let upAt = 0;
      goUp(() => {
        clock.pace(1);
        upAt = clock.now();
      });
      clock.jump(6 * minuteMs);
      expect(await eventually(() => upAt > 0)).toBe(true);
      let dead: ReadonlyMap<string, string> = new Map();
      const isOver = async () => {
        dead = await deadOf(gateway.callApi, 'shop');
        return settled({ driver, vendor, toldOf: new Set(dead.keys()) }, 1_000);
      };
      expect(await eventually(isOver, 60_000)).toBe(true);
      expect(judge({ driver, vendor, toldOf: new Set(dead.keys()), inDoubt: (await bing()).inDoubt })).toEqual(nothingWrong);
      expect([...dead.values()].filter((cause) => cause !== 'expired')).toEqual([]);
      const arrivedAt = new Map(
        vendor.requests.flatMap(({ ids, processed, at }) => (processed ? ids.map((id) => [id, at] as const) : [])),
      );
      for (const [id, at] of sentAt) {
        if (dead.has(id)) expect(upAt - at).toBeGreaterThan(young - minuteMs);
        else expect((arrivedAt.get(id) ?? 0) - at).toBeLessThanOrEqual(young + minuteMs);
      }
      const oldest = downMs - young;
      expect(dead.size > 0).toBe(oldest > 0);
      expect(await freshEvent(driver, vendor, gateway.url)).toBeLessThan(10_000);
      tell(context, {
        fault: 'F11',
        what: `the platform is down for ${words}`,
        times: `${sentAt.size} events, asleep ${stepMs / hourMs} h at a time`,
        holds: 'told of at 6 h and at 5 d; delivered before 7 d − 1 h, or dead as expired',
        seen: `told of at both; ${sentAt.size - dead.size} delivered, ${dead.size} expired`,
      });
    },
  );
});
