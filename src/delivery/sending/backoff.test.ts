import { describe, expect, it } from 'vitest';
import { getDeliveryDeadline } from '../../destinations/kit/delivery-deadline.ts';
import { dayMs, hourMs, minuteMs, secondMs } from '../../event/units.ts';
import { breakerDelayMs, deferralDelayMs, failureDelayMs, getNextProbeTime, retryAfterMs, withJitter } from './backoff.ts';

const middle = () => 0.5;

it('jitter spreads a delay evenly by ±20%', () => {
  expect([0, 0.25, 0.5, 1].map((random) => withJitter(10_000, () => random))).toEqual([8_000, 9_000, 10_000, 12_000]);
});

it('a deferred delivery waits 10 s, 30 s, 2, 5, 15, 30 min, 1, 2, 4 h, and then 6 h each', () => {
  const waits = Array.from({ length: 12 }, (_, index) => deferralDelayMs(index + 1, middle));
  const minutes = [2, 5, 15, 30, 60, 120, 240, 360, 360, 360].map((minute) => minute * minuteMs);
  expect(waits).toEqual([10 * secondMs, 30 * secondMs, ...minutes]);
});

it('an open breaker probes after 10 s, 30 s, 1, 2, 5 min, and then every 5 min', () => {
  const waits = Array.from({ length: 7 }, (_, failedProbes) => breakerDelayMs(failedProbes, middle) / secondMs);
  expect(waits).toEqual([10, 30, 60, 120, 300, 300, 300]);
});

it('a closed breaker waits 1, 2, 4, 8 s', () => {
  expect([1, 2, 3, 4].map((failures) => failureDelayMs(failures, middle) / secondMs)).toEqual([1, 2, 4, 8]);
});

it('a blocked connection is probed every minute for 15 minutes after a change, then every 15 minutes', () => {
  const changedAt = 1_000;
  expect(getNextProbeTime(changedAt, changedAt) - changedAt).toBe(minuteMs);
  const lastFresh = changedAt + 15 * minuteMs - 1;
  expect(getNextProbeTime(lastFresh, changedAt) - lastFresh).toBe(minuteMs);
  expect(getNextProbeTime(lastFresh + 1, changedAt) - lastFresh - 1).toBe(15 * minuteMs);
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 10, 24, 10, 0, 0);

  it.each([
    ['0', 0],
    ['120', 120_000],
    ['  7 ', 7_000],
    ['999999999', 7 * dayMs - hourMs],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 7 * dayMs - hourMs],
    ['Tue, 24 Nov 2026 10:02:00 GMT', 120_000],
    ['Tuesday, 24-Nov-26 10:02:00 GMT', 120_000],
    ['Tue, 24 Nov 2026 09:00:00 GMT', 0],
  ])('%j is parsed', (header, expected) => {
    expect(retryAfterMs(header, now, 7 * dayMs)).toBe(expected);
  });

  it.each([undefined, '', ' ', '-1', '1.5', '1e3', 'soon', '5 s', '2026-11-24T10:02:00Z', 'Tue, 99 Foo 2026', '9'.repeat(400)])(
    '%j counts as absent',
    (header) => {
      expect(retryAfterMs(header, now, 7 * dayMs)).toBeUndefined();
    },
  );
});

it("an event expires an hour before the platform's age limit", () => {
  expect(getDeliveryDeadline(5, 7 * dayMs)).toBe(5 + 7 * dayMs - hourMs);
});
