import { expect, it } from 'vitest';
import { dayMs, hourMs } from '../../event/units.ts';
import { createFacts, createSiteFacts, findKeys, now } from './evaluate.fixture.ts';

const silent = (since: number, earlier: readonly number[]) => ({ since, earlier });

it('a silence is an alert only if this many orders usually arrive in its time', () => {
  const orders = (earlier: readonly number[], since = now - hourMs) =>
    findKeys(createFacts([createSiteFacts([], { silences: { orders: silent(since, earlier) } })]));
  expect(orders([8, 9, 7, 12])).toEqual(['no-orders:default/shop']);
  expect(orders([8, 7, 7, 12])).toEqual([]);
  expect(orders([30])).toEqual([]);
  expect(orders([])).toEqual([]);
  expect(orders([90, 90, 90, 90], now - 15 * dayMs)).toEqual([]);
});

it('the pixel is missing if only browsers are silent', () => {
  const browserEvents = silent(now - 2 * hourMs, [50, 60, 70, 80]);
  expect(findKeys(createFacts([createSiteFacts([], { silences: { browserEvents } })]))).toEqual(['pixel-missing:default/shop']);
  const events = silent(now - hourMs, [10, 10, 10, 10]);
  expect(findKeys(createFacts([createSiteFacts([], { silences: { browserEvents, events } })]))).toEqual([
    'pixel-missing:default/shop',
  ]);
  const all = silent(now - 2 * hourMs, [50, 60, 70, 80]);
  expect(findKeys(createFacts([createSiteFacts([], { silences: { browserEvents, events: all } })]))).toEqual([
    'no-events:default/shop',
  ]);
});
