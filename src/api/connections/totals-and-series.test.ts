import { describe, expect, it } from 'vitest';
import { getCompleteSince } from './totals-and-series.ts';

const starts = [1_000, 1_010, 1_020, 1_030, 1_040];
const series = { starts, stepMs: 10, received: [0, 0, 4, 0, 2], earlier: [[0, 0, 0, 0, 0]] };

describe('a series', () => {
  it('is complete from the first event on, also if the event itself is no longer stored', () => {
    expect(getCompleteSince(series)).toBe(1_020);
    expect(getCompleteSince({ ...series, oldestAt: 400 })).toBe(400);
    expect(getCompleteSince({ ...series, oldestAt: 1_040 })).toBe(1_020);
    expect(getCompleteSince({ ...series, received: [0, 0] })).toBeUndefined();
  });

  it('is complete after the last event from before a connection existed', () => {
    const earlier = [
      [0, 0, 0, 0, 0],
      [0, 0, 4, 0, 0],
    ];
    expect(getCompleteSince({ ...series, earlier, oldestAt: 400 })).toBe(1_030);
  });
});
