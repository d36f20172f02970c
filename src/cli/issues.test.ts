import { expect, it } from 'vitest';
import { parseMinutes } from './issues.ts';

it('a length of time is a number with a unit, from one minute to 30 days', () => {
  expect(['30m', '4h', '30d'].map(parseMinutes)).toEqual([30, 240, 43_200]);
  for (const text of ['', '4', '0m', '31d', '4 h', '1w']) expect(() => parseMinutes(text)).toThrow('such as 30m, 4h or 3d');
});
