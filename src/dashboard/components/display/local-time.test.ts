import { describe, expect, it } from 'vitest';
import { localTime, readLocalTime } from './local-time.ts';

describe("a time in the reader's zone", () => {
  it('is read back as it was written, to the minute', () => {
    const at = Date.UTC(2026, 10, 25, 9, 5);
    expect(localTime(at + 7_000)).toMatch(/^2026-11-2\dT\d\d:\d5$/);
    expect(readLocalTime(localTime(at + 7_000))).toBe(at);
  });

  it('is none while the field is empty', () => expect(readLocalTime('')).toBeUndefined());
});
