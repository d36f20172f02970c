import { expect, it } from 'vitest';
import { describeMissingCounts } from './describe-missing-counts.ts';

const now = Date.UTC(2026, 10, 25, 18, 20);
const describeFrom = (countedSince?: number, keptSince?: number, isComplete = false) => {
  const since = { ...(countedSince !== undefined && { countedSince }), ...(keptSince !== undefined && { keptSince }) };
  return describeMissingCounts({ isComplete, ...since }, now, (at) => new Date(at).toISOString().slice(0, 16));
};

it('a period whose events are not all counted says since when they are, and nothing is counted since a time to come', () => {
  expect(describeFrom(Date.UTC(2026, 10, 25))).toBe('Counted since 2026-11-25T00:00. Earlier events are missing.');
  expect(describeFrom(Date.UTC(2026, 10, 25, 19))).toBe('Some events are not counted. From 2026-11-25T19:00 on, all are.');
  expect(describeFrom(Date.UTC(2026, 10, 1), Date.UTC(2026, 10, 2))).toBe(
    'Kept since 2026-11-02T00:00. Earlier counts are no longer kept.',
  );
  expect(describeFrom(undefined, undefined, true)).toBeUndefined();
});
