import { describe, expect, it } from 'vitest';
import { formatLocalTime, parseLocalTime } from './local-time.ts';

describe('local time', () => {
  it('survives a round trip, to the minute', () => {
    const at = Date.UTC(2026, 10, 25, 9, 5);
    expect(formatLocalTime(at + 7_000)).toMatch(/^2026-11-2\dT\d\d:\d5$/);
    expect(parseLocalTime(formatLocalTime(at + 7_000))).toBe(at);
  });

  it('is undefined for an empty field', () => expect(parseLocalTime('')).toBeUndefined());
});
