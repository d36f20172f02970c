import { expect, it } from 'vitest';
import { getDeliveryTime } from './delivery-times.ts';

const classes = [
  { fromMs: 0, untilMs: 1_000, events: [0, 10, 0] },
  { fromMs: 2_000, untilMs: 5_000, events: [0, 80, 1] },
  { fromMs: 86_400_000, events: [0, 10, 0] },
];

it('the time of half of the events lies within their class', () => {
  expect(getDeliveryTime(classes, 1).median).toBe(2_000 + (3_000 * 40) / 80);
  expect(getDeliveryTime(classes, 2)).toEqual({ median: 3_500, slow: 4_850 });
});

it('the time of the slowest events is the bound of the longest class', () => {
  expect(getDeliveryTime(classes).slow).toBe(86_400_000);
});

it('there is no time if no event was delivered', () => {
  expect(getDeliveryTime(classes, 0)).toEqual({ median: undefined, slow: undefined });
  expect(getDeliveryTime([])).toEqual({ median: undefined, slow: undefined });
});
