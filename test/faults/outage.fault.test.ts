import { describe, expect, it, type TestContext } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { dayMs, hourMs, minuteMs, secondMs } from '../../src/event/units.ts';
import { eventually, makeFolder } from '../gateway.fixture.ts';
import { startPacedGateway } from '../paced-gateway.fixture.ts';
import { addFaultRow, pickByScale } from './fault-scale.ts';
import {
  createDriver,
  findViolations,
  getDeadLetterCauses,
  measureFreshEvent,
  noViolations,
  waitUntilDelivered,
} from './oracle.ts';
import { startVendor, type VendorRequest } from './scripted-vendor.ts';

async function openOutage({ onTestFinished }: TestContext) {
  const folder = makeFolder();
  const clock = createPacedClock();
  const vendor = await startVendor({ now: clock.now });
  const driver = createDriver('o');
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
  /** Makes the platform accept requests again. Calls `onFirst` at the first one. */
  const goUp = (onFirst: () => void) => {
    vendor.react = () => {
      vendor.react = undefined;
      onFirst();
      return undefined;
    };
  };
  return { clock, vendor, driver, gateway, bing, goDown, goUp };
}

const failuresUntilOpen = 5;
const skipFailuresBeforeOpen = (requests: readonly VendorRequest[]) => requests.slice(failuresUntilOpen);

const events = pickByScale({ part: 3_600, whole: 36_000, nightly: 360_000 });
const pace = pickByScale({ part: 200, whole: 60, nightly: 15 });
const maxDrainMs = 5 * minuteMs;

const stepMs = pickByScale({ part: 12, whole: 2, nightly: 0.25 }) * hourMs;
const maxAgeMs = 7 * dayMs - hourMs;

describe.concurrent('an outage of the platform', () => {
  it(`for an hour of ${events} events gets a few small probes and costs no row, and all of it is drained soon after`, {
    timeout: 120_000 + hourMs / pace + maxDrainMs + events,
  }, async (context) => {
    const { clock, vendor, driver, gateway, bing, goDown, goUp } = await openOutage(context);
    expect(await measureFreshEvent(driver, vendor, gateway.url)).toBeLessThan(10_000);
    goDown();
    clock.pace(pace);
    const downSince = clock.now();
    const firstRequest = vendor.requests.length;
    const before = driver.obligations.size;
    let rows = 0;
    const eventsPerRequest = Math.min(500, events / 60);
    while (clock.now() < downSince + hourMs) {
      const due = Math.floor(((clock.now() - downSince) / hourMs) * events);
      const sent = driver.obligations.size - before;
      if (sent + eventsPerRequest <= due) await driver.sendUntilAccepted(gateway.url, eventsPerRequest);
      else await clock.pass((eventsPerRequest / events) * hourMs * 0.2);
      rows = Math.max(rows, (await bing()).deferred);
    }
    while (driver.obligations.size - before < events) await driver.sendUntilAccepted(gateway.url, eventsPerRequest);
    const failures = skipFailuresBeforeOpen(vendor.requests.slice(firstRequest));
    // On a busy machine, the last events are sent some minutes after the hour.
    const probes = failures.filter(({ at }) => at <= downSince + hourMs);
    expect(rows).toBe(0);
    expect(failures.length).toBeGreaterThan(5);
    expect(probes.length).toBeLessThanOrEqual(18);
    expect(failures.every(({ ids }) => ids.length <= 10)).toBe(true);

    let upAt = 0;
    goUp(() => {
      clock.pace(1);
      upAt = performance.now();
    });
    expect(await eventually(() => upAt > 0, 60_000)).toBe(true);
    expect(await waitUntilDelivered({ driver, vendor }, maxDrainMs)).toBe(true);
    const drainedMs = performance.now() - upAt;
    expect(drainedMs).toBeLessThanOrEqual(maxDrainMs);
    expect(vendor.maxConcurrent).toBeLessThanOrEqual(2);
    const view = await bing();
    expect(findViolations({ driver, vendor, inDoubt: view.inDoubt })).toEqual(noViolations);
    expect(view).toMatchObject({ inDoubt: 0, deferred: 0, deadLetters: 0 });
    addFaultRow(context, {
      fault: 'F7',
      scenario: 'the platform is down for an hour',
      amount: `${events} events, 1 h at ×${pace}`,
      expected: '0 deferred deliveries; ≤ 18 probes of ≤ 10 events; drained within 5 min of real time after the first success',
      observed: `${rows} rows, ${probes.length} probes, drained in ${(drainedMs / secondMs).toFixed(1)} s`,
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
    async ([duration, downMs], context) => {
      const { clock, vendor, driver, gateway, bing, goDown, goUp } = await openOutage(context);
      expect(await measureFreshEvent(driver, vendor, gateway.url)).toBeLessThan(10_000);
      goDown();
      const downSince = clock.now();
      const sentAt = new Map<string, number>();
      const sendEvents = async (count: number) => {
        const at = clock.now();
        await driver.sendUntilAccepted(gateway.url, count);
        for (const id of [...driver.obligations].slice(1 + sentAt.size)) sentAt.set(id, at);
      };
      const hasAlert = (rule: string) =>
        gateway.lines.some(({ msg, alert }) => msg === 'alert began' && alert?.startsWith(`${rule}/`));
      /** Advances the clock to `afterMs` after the outage began. The machine sleeps in steps, and wakes for half a minute after each. */
      const advanceTo = async (afterMs: number) => {
        clock.pace(60);
        for (
          let remainingMs = downSince + afterMs - clock.now();
          remainingMs > 0;
          remainingMs = downSince + afterMs - clock.now()
        ) {
          clock.jump(Math.min(stepMs, remainingMs));
          await sendEvents(10);
          await clock.pass(30 * secondMs);
        }
      };
      await sendEvents(500);
      await advanceTo(6 * hourMs - 10 * minuteMs);
      expect(hasAlert('oldest-undelivered:default')).toBe(false);
      await advanceTo(6 * hourMs + minuteMs);
      expect(await eventually(() => hasAlert('oldest-undelivered:default'))).toBe(true);
      // Two days before the deadline of the oldest event.
      await advanceTo(maxAgeMs - 2 * dayMs - 10 * minuteMs);
      expect(hasAlert('oldest-undelivered:nearly-lost')).toBe(false);
      await advanceTo(maxAgeMs - 2 * dayMs + minuteMs);
      expect(await eventually(() => hasAlert('oldest-undelivered:nearly-lost'))).toBe(true);
      const { losesAt } = await bing();
      expect(losesAt).toBeGreaterThanOrEqual(downSince + maxAgeMs);
      expect(losesAt).toBeLessThan(downSince + maxAgeMs + minuteMs);
      await advanceTo(downMs);
      expect(vendor.acceptedEvents.size).toBe(1);

      clock.pace(5);
      let upAt = 0;
      goUp(() => {
        clock.pace(1);
        upAt = clock.now();
      });
      clock.jump(6 * minuteMs);
      // A probe that fails just before the jump delays the next one by 5 minutes of the clock.
      expect(await eventually(() => upAt > 0, 120_000)).toBe(true);
      let dead: ReadonlyMap<string, string> = new Map();
      const isOver = async () => {
        dead = await getDeadLetterCauses(gateway.callApi, 'shop');
        return waitUntilDelivered({ driver, vendor, reportedIds: new Set(dead.keys()) }, 1_000);
      };
      expect(await eventually(isOver, 60_000)).toBe(true);
      expect(findViolations({ driver, vendor, reportedIds: new Set(dead.keys()), inDoubt: (await bing()).inDoubt })).toEqual(
        noViolations,
      );
      expect([...dead.values()].filter((cause) => cause !== 'expired')).toEqual([]);
      const arrivedAt = new Map(
        vendor.requests.flatMap(({ ids, processed, at }) => (processed ? ids.map((id) => [id, at] as const) : [])),
      );
      for (const [id, at] of sentAt) {
        if (dead.has(id)) expect(upAt - at).toBeGreaterThan(maxAgeMs - minuteMs);
        else expect((arrivedAt.get(id) ?? 0) - at).toBeLessThanOrEqual(maxAgeMs + minuteMs);
      }
      const oldest = downMs - maxAgeMs;
      expect(dead.size > 0).toBe(oldest > 0);
      expect(await measureFreshEvent(driver, vendor, gateway.url)).toBeLessThan(10_000);
      addFaultRow(context, {
        fault: 'F11',
        scenario: `the platform is down for ${duration}`,
        amount: `${sentAt.size} events, asleep ${stepMs / hourMs} h at a time`,
        expected: 'warnings after 6 h and 2 d before the loss; delivered before 7 d − 1 h, or dead as expired',
        observed: `both warnings; ${sentAt.size - dead.size} delivered, ${dead.size} expired`,
      });
    },
  );
});
