import { expect, it } from 'vitest';
import type { Site } from '../../event/site.ts';
import { dayMs } from '../../event/units.ts';
import { createLogger } from '../../logger.ts';
import { shop } from '../api.fixture.ts';
import { judgeAccuracy, startAccuracyAlerts } from './accuracy-alert.ts';
import type { AccuracyReader, DayRange } from './accuracy-reader.ts';

const now = Date.parse('2026-11-25T13:00:00Z');

function watched(alertUnder: number | null = 0.9) {
  const lines: { readonly level: number; readonly msg: string; readonly connection: string; readonly share: number }[] = [];
  const requestedRanges: DayRange[] = [];
  let of = { orders: 100, share: 1 };
  let fireTimer = () => {};
  let time = now;
  const accuracy: AccuracyReader = {
    async of(_, days) {
      requestedRanges.push(days);
      const sums = { ...of, accepted: 0, explained: 0, missing: 0, noted: 0, notCounted: {}, gaps: [], days: [] };
      return { ...days, unknownToShop: 0, connections: [{ connection: 'bing', destination: 'tiny', ...sums }] };
    },
    page: async () => ({ purchases: [] }),
    keptSince: async () => undefined,
  };
  const site: Site = { ...shop, accuracy: { alertUnder } };
  const watch = startAccuracyAlerts({
    sites: () => [site],
    accuracy,
    clock: {
      now: () => time,
      after: (_, next) => {
        fireTimer = next;
        return () => {};
      },
    },
    logger: createLogger('debug', { write: (line: string) => lines.push(JSON.parse(line)) }),
  });
  return {
    lines,
    asked: requestedRanges,
    alerts: () => watch.alerts(site),
    async check(orders: number, share: number) {
      of = { orders, share };
      const before = fireTimer;
      fireTimer();
      while (fireTimer === before) await new Promise((resolve) => setTimeout(resolve, 1));
    },
    nextDay: () => {
      time += dayMs;
    },
  };
}

it('logs once when a share falls, and once when it recovers', async () => {
  const { check, lines, asked, alerts, nextDay } = watched();
  await check(100, 0.95);
  expect(lines).toEqual([]);
  await check(100, 0.89);
  await check(100, 0.8);
  expect(lines).toMatchObject([{ msg: expect.stringMatching(/^order accuracy below limit/), connection: 'bing', share: 0.89 }]);
  expect(await alerts()).toMatchObject([{ connection: 'bing', state: 'under', orders: 100, share: 0.8 }]);
  await check(100, 0.9);
  await check(100, 0.9);
  expect(lines).toMatchObject([
    { level: 'warn' },
    { level: 'info', msg: expect.stringMatching(/^order accuracy recovered/), share: 0.9 },
  ]);
  expect(asked.at(-1)).toEqual({ since: '2026-11-18', until: '2026-11-24' });
  nextDay();
  await check(100, 0.5);
  expect(asked.at(-1)).toEqual({ since: '2026-11-19', until: '2026-11-25' });
  expect(lines).toHaveLength(3);
});

it('does not alert with few orders, or if the alert is disabled', async () => {
  const few = watched();
  await few.check(19, 0);
  expect(few.lines).toEqual([]);
  expect(await few.alerts()).toMatchObject([{ state: 'few' }]);
  const off = watched(null);
  await off.check(100, 0);
  expect(off.lines).toEqual([]);
  expect(judgeAccuracy({ orders: 100, share: 0 }, 0)).toBe('off');
  expect(judgeAccuracy({ orders: 20, share: 0.5 }, 0.5)).toBe('fine');
  expect(judgeAccuracy({ orders: 20, share: 0.49 }, 0.5)).toBe('under');
});
