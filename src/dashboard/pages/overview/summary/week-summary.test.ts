import { describe, expect, it } from 'vitest';
import { summarizeWeek } from './week-summary.ts';

const stepMs = 1_800_000;
const now = new Date(2026, 10, 25, 13, 10).getTime();
const since = now - (now % stepMs) + stepMs - 672 * stepMs;
const zeros = () => Array.from({ length: 672 }, () => 0);
const counts = (...events: readonly (readonly [at: Date, events: number])[]) => {
  const list = zeros();
  for (const [at, some] of events) list[Math.floor((at.getTime() - since) / stepMs)] = some;
  return list;
};
const today = new Date(2026, 10, 25, 9, 0);
const yesterday = new Date(2026, 10, 24, 23, 40);
const monthBegin = new Date(2026, 10, 19, 0, 0);
const aWeekAgo = new Date(2026, 10, 18, 13, 0);
const laterThatDay = new Date(2026, 10, 18, 13, 40);

describe('the summary of a week', () => {
  const week = summarizeWeek(
    {
      since,
      stepMs,
      received: counts([today, 9], [yesterday, 4], [monthBegin, 2], [aWeekAgo, 5]),
      connections: [
        {
          connection: 'bing',
          outcomes: {
            delivered: counts([today, 6], [yesterday, 4], [aWeekAgo, 5], [laterThatDay, 50]),
            dead: counts([today, 1]),
          },
        },
        { connection: 'meta', outcomes: { delivered: counts([monthBegin, 2]), bot: counts([today, 3]) } },
      ],
    },
    now,
  );

  it('has the days of the user’s time zone, with the deliveries of all connections by outcome', () => {
    expect(week.days).toHaveLength(7);
    expect(week.days.map(({ at }) => new Date(at).getHours())).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(week.days.map(({ delivered }) => delivered)).toEqual([2, 0, 0, 0, 0, 4, 6]);
    expect(week.days.at(-1)).toMatchObject({ received: 9, delivered: 6, rejected: 1, skipped: 3, unsent: 0 });
  });

  it('compares the deliveries with those of the week before, up to the same time of day', () => {
    expect([week.received, week.delivered, week.deliveredBefore]).toEqual([15, 12, 5]);
  });

  it('is comparable only if the week before is complete', () => {
    const firstBefore = new Date(2026, 10, 12).getTime();
    const empty = { since, stepMs, received: zeros(), connections: [] };
    const isComplete = (completeSince?: number) =>
      summarizeWeek({ ...empty, ...(completeSince !== undefined && { completeSince }) }, now).isBeforeComplete;
    expect(isComplete(firstBefore)).toBe(true);
    expect(isComplete(firstBefore + 5 * 86_400_000)).toBe(false);
    expect(isComplete()).toBe(false);
  });

  it('has the deliveries and failures of each connection', () => {
    expect(week.connections.map(({ connection, delivered, failed }) => [connection, delivered, failed])).toEqual([
      ['bing', 10, 1],
      ['meta', 2, 0],
    ]);
    expect(week.connections[1]?.quarters).toEqual([2, ...Array.from({ length: 27 }, () => 0)]);
    expect(week.connections[0]?.quarters.reduce((sum, events) => sum + events)).toBe(10);
  });
});
