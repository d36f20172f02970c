import { expect, it } from 'vitest';
import { judgeAccuracy } from '../../event/accuracy-limit.ts';
import { shop } from '../api.fixture.ts';
import { readAccuracyAlerts } from './accuracy-alert.ts';
import type { DayRange } from './accuracy-reader.ts';

const now = Date.parse('2026-11-25T13:00:00Z');

it('a connection is compared with the limit of its site over the last seven whole days', async () => {
  const requested: DayRange[] = [];
  const read = (orders: number, share: number, alertUnder: number | null = 0.9) =>
    readAccuracyAlerts(
      { ...shop, accuracy: { alertUnder } },
      {
        async of(_, days) {
          requested.push(days);
          const sums = {
            orders,
            share,
            accepted: 0,
            explained: 0,
            missing: 0,
            amounts: [],
            noted: 0,
            notCounted: {},
            gaps: [],
            days: [],
          };
          return { ...days, unknownToShop: 0, connections: [{ connection: 'bing', destination: 'tiny', ...sums }] };
        },
      },
      now,
    );
  const week = { since: '2026-11-18', until: '2026-11-24' };
  expect(await read(100, 0.8)).toEqual([{ ...week, connection: 'bing', state: 'under', orders: 100, share: 0.8 }]);
  expect(await read(100, 0.9)).toMatchObject([{ state: 'fine' }]);
  expect(await read(19, 0)).toMatchObject([{ state: 'few' }]);
  expect(await read(100, 0, null)).toMatchObject([{ state: 'off' }]);
  expect(requested[0]).toEqual(week);
});

it('a limit of 0 disables the alert, and a share at the limit is fine', () => {
  expect(judgeAccuracy({ orders: 100, share: 0 }, 0)).toBe('off');
  expect(judgeAccuracy({ orders: 20, share: 0.5 }, 0.5)).toBe('fine');
  expect(judgeAccuracy({ orders: 20, share: 0.49 }, 0.5)).toBe('under');
});
