import { describe, expect, it } from 'vitest';
import { formatLocalTime, parseLocalTime } from './local-time.ts';

describe("a time in the reader's zone", () => {
  it('is read back as it was written, to the minute', () => {
    const at = Date.UTC(2026, 10, 25, 9, 5);
    expect(formatLocalTime(at + 7_000)).toMatch(/^2026-11-2\dT\d\d:\d5$/);
    expect(parseLocalTime(formatLocalTime(at + 7_000))).toBe(at);
  });

  it('is none while the field is empty', () => expect(parseLocalTime('')).toBeUndefined());
});
