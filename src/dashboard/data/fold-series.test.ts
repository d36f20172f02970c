import { describe, expect, it } from 'vitest';
import { foldSeries } from './fold-series.ts';

const series = {
  since: 1_000,
  stepMs: 10,
  received: [1, 2, 4, 8, 16],
  connections: [
    {
      connection: 'bing',
      outcomes: { delivered: [1, 1, 1, 1, 1], bot: [0, 0, 3, 0, 0] },
      deliveryTimes: [{ fromMs: 0, events: [1, 0, 0, 0, 1] }],
    },
  ],
} as const;

describe('foldSeries', () => {
  it('sums buckets by intervals of any length', () => {
    const { starts, received, connections } = foldSeries(series, [1_010, 1_040], 1_050);
    expect([starts, received]).toEqual([
      [1_010, 1_040],
      [14, 16],
    ]);
    expect(connections).toEqual([
      { connection: 'bing', outcomes: { delivered: [3, 1], bot: [3, 0] }, deliveryTimes: [{ fromMs: 0, events: [0, 1] }] },
    ]);
  });

  it('reads the starts of buckets that differ in length', () => {
    const days = { ...series, starts: [1_000, 1_023, 1_048, 1_072, 1_096] };
    expect(foldSeries(days, [1_000, 1_048], 1_096).received).toEqual([3, 12]);
  });

  it('counts no bucket from before the first interval or from its end on', () => {
    expect(foldSeries(series, [1_015], 1_040).received).toEqual([12]);
    expect(foldSeries(series, [2_000], 3_000).received).toEqual([0]);
    expect(foldSeries(series, [], 3_000).received).toEqual([]);
  });
});
