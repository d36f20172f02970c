import { describe, expect, it } from 'vitest';
import { toHours } from './hourly-series.ts';

const hourMs = 3_600_000;

describe('hour buckets', () => {
  it('add up the intervals of each hour', () => {
    const since = 10 * hourMs + 1_800_000;
    const connections = [{ connection: 'bing', outcomes: { delivered: [1, 0, 2, 0] } }];
    expect(toHours({ since, stepMs: 1_800_000, received: [1, 2, 3, 4], connections })).toEqual([
      { at: 10 * hourMs, received: 1, accepted: 1 },
      { at: 11 * hourMs, received: 5, accepted: 2 },
      { at: 12 * hourMs, received: 4, accepted: 0 },
    ]);
  });

  it('count the accepted events of the connection that accepted most', () => {
    const connections = [
      { connection: 'bing', outcomes: { delivered: [3] } },
      { connection: 'ads', outcomes: { delivered: [5] } },
      { connection: 'new', outcomes: {} },
    ];
    expect(toHours({ since: 0, stepMs: hourMs, received: [6], connections })).toEqual([{ at: 0, received: 6, accepted: 5 }]);
  });
});
