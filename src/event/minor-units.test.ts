import { expect, it } from 'vitest';
import { toMajorUnits } from './minor-units.ts';

it.each([
  [1_234, 'eur', 12.34],
  [500, 'JPY', 500],
  [12_340, 'KWD', 12.34],
  [100, 'UGX', 1],
  [100, 'ISK', 1],
  [100, 'XYZ', undefined],
])('an amount of %d in %s is converted', (amount, currency, value) => {
  expect(toMajorUnits(amount, currency)).toBe(value);
});
