import { expect, it } from 'vitest';
import { toAccuracyChart } from '../../pages/accuracy/days-chart.ts';
import { seriesStyles } from '../../pages/destinations/traffic/series-styles.ts';
import { getPatternImage, getPatternPath } from './patterns.ts';

const { received: _, ...outcomes } = seriesStyles;
const stacks = {
  outcomes: Object.values(outcomes),
  accuracy: toAccuracyChart([]).series.filter(({ type }) => type === 'bar'),
};

it.each(Object.entries(stacks))('the bars of a stack differ by pattern: %s', (_name, bars) => {
  expect(new Set(bars.map(({ pattern = 0 }) => getPatternPath(pattern))).size).toBe(bars.length);
  expect(new Set(bars.map(({ pattern = 0 }) => getPatternImage(pattern))).size).toBe(bars.length);
});
