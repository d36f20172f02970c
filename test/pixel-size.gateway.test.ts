import { expect, test } from 'vitest';
import { measurePixel } from '../scripts/size.ts';

test('each part of the pixel stays within its bound', () => {
  const bounded = measurePixel().filter(({ limit }) => limit !== undefined);
  expect(bounded.length).toBeGreaterThan(3);
  expect(bounded.filter(({ gzip, limit = 0 }) => gzip > limit || gzip === 0)).toEqual([]);
});
