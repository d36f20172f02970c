import { expect, test } from 'vitest';
import { dayMs, minuteMs } from '../../event/units.ts';
import { simulators } from '../../simulators/simulators.ts';
import { createShoppingDay } from './shopping-day.ts';

const until = Date.UTC(2026, 10, 27, 22, 15);
const visits = createShoppingDay(until);

test('a shopping day is the 24 hours before its end, in order', () => {
  expect(visits[0]?.at).toBeGreaterThan(until - dayMs);
  expect(visits.at(-1)?.at).toBeLessThan(until - 10 * minuteMs);
  expect(visits.map(({ at }) => at)).toEqual(visits.map(({ at }) => at).toSorted((one, other) => one - other));
});

test('a shopping day has each consent choice, each kind of order, and clicks on the ads of every platform', () => {
  expect(new Set(visits.map(({ choice }) => choice))).toEqual(new Set(['granted', 'denied', undefined]));
  expect(new Set(visits.flatMap(({ order }) => order?.kind ?? []))).toEqual(new Set(['paid', 'test', 'by-phone']));
  const landings = visits.map(({ pages }) => pages[0]?.path ?? '');
  for (const { demo } of simulators.filter((one) => one.demo.clickParameter !== undefined))
    expect(landings.filter((path) => path.includes(`${demo.clickParameter}`)).length).toBeGreaterThan(1);
});

test('the newest visit of a shopping day is a purchase with consent', () => {
  expect(visits.at(-1)).toMatchObject({ choice: 'granted', order: { kind: 'paid' } });
});

test('two shopping days differ in their times only', () => {
  const later = createShoppingDay(until + 5 * minuteMs).map(({ order }) => order);
  expect(later).toEqual(visits.map(({ order }) => order));
});
