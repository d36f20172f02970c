import { expect, it } from 'vitest';
import { seriesStyles } from '../../pages/destinations/traffic/series-styles.ts';
import { getPatternImage, getPatternPath } from './patterns.ts';

it('every bar of the largest stack has a pattern of its own', () => {
  const bars = Object.keys(seriesStyles).filter((name) => name !== 'received');
  expect(new Set(bars.map((_, nth) => getPatternPath(nth))).size).toBe(bars.length);
  expect(new Set(bars.map((_, nth) => getPatternImage(nth))).size).toBe(bars.length);
});
