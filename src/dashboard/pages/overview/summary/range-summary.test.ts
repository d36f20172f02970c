import { describe, expect, it } from 'vitest';
import { defaultRange, resolveRange } from '../../../data/range.ts';
import { summarizeRange } from './range-summary.ts';

const stepMs = 1_800_000;
const now = Date.parse('2026-11-25T12:10:00Z');
const since = now - (now % stepMs) + stepMs - 672 * stepMs;
const zeros = () => Array.from({ length: 672 }, () => 0);
const counts = (...events: readonly (readonly [at: string, events: number])[]) => {
  const list = zeros();
  for (const [at, some] of events) list[Math.floor((Date.parse(at) - since) / stepMs)] = some;
  return list;
};
// The times of Berlin are an hour later.
const today = '2026-11-25T08:00:00Z';
const yesterday = '2026-11-24T22:40:00Z';
const firstHour = '2026-11-18T23:00:00Z';
const aWeekAgo = '2026-11-18T12:00:00Z';
const laterThatDay = '2026-11-18T12:40:00Z';

const berlin = resolveRange(defaultRange, true, now, 'Europe/Berlin');
const series = {
  since,
  stepMs,
  received: counts([today, 9], [yesterday, 4], [firstHour, 2], [aWeekAgo, 5]),
  connections: [
    {
      connection: 'bing',
      outcomes: {
        delivered: counts([today, 6], [yesterday, 4], [aWeekAgo, 5], [laterThatDay, 50]),
        dead: counts([today, 1]),
      },
    },
    { connection: 'meta', outcomes: { delivered: counts([firstHour, 2]), bot: counts([today, 3]) } },
  ],
};

describe('the summary of a range', () => {
  const summary = summarizeRange(series, series, berlin);

  it('has the intervals of the time zone up to now, with the deliveries of all connections by outcome', () => {
    expect(summary.buckets).toHaveLength(7 * 4 - 1);
    expect(summary.buckets[0]).toMatchObject({ at: Date.parse(firstHour), received: 2, delivered: 2 });
    expect(summary.buckets.at(-2)).toMatchObject({ received: 9, delivered: 6, rejected: 1, skipped: 3, unsent: 0 });
    expect(summary.buckets.at(-4)).toMatchObject({ received: 4, delivered: 4 });
  });

  it('compares the deliveries with those of the period before, up to the same time of day', () => {
    expect([summary.received, summary.delivered, summary.deliveredBefore]).toEqual([15, 12, 5]);
    expect(
      summarizeRange(series, undefined, resolveRange(defaultRange, false, now, 'Europe/Berlin')).deliveredBefore,
    ).toBeUndefined();
  });

  it('says since when its counts are complete: in the range, else in the period before', () => {
    const countedSince = (now?: number, before?: number) => {
      const add = (completeSince?: number) => ({ ...series, ...(completeSince !== undefined && { completeSince }) });
      return summarizeRange(add(now), add(before), berlin).countedSince;
    };
    const { since, before } = berlin;
    expect(countedSince(since + 9, 1)).toBe(since + 9);
    expect(countedSince(since, before?.since)).toBe(before?.since);
    expect(countedSince(since, since - 9)).toBe(since - 9);
    expect(countedSince(since, undefined)).toBe(since);
    expect(countedSince()).toBeUndefined();
  });

  it('has the deliveries and failures of each connection', () => {
    expect(summary.connections.map(({ connection, delivered, failed }) => [connection, delivered, failed])).toEqual([
      ['bing', 10, 1],
      ['meta', 2, 0],
    ]);
    expect(summary.connections[1]?.course).toEqual([2, ...Array.from({ length: 26 }, () => 0)]);
    expect(summary.connections[0]?.course.reduce((sum, events) => sum + events)).toBe(10);
  });
});
