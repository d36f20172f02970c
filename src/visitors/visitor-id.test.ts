import { expect, test } from 'vitest';
import { sha256 } from '../identity/hashing.ts';
import { isVisitorId, newVisitorId } from './visitor-id.ts';

/** Returns the time inside a version 1 UUID, in UNIX milliseconds (RFC 9562, section 5.1). */
function getTime(id: string): number {
  const ticks = BigInt(`0x${id.slice(13, 16)}${id.slice(8, 12)}${id.slice(0, 8)}`);
  return Number((ticks - 122_192_928_000_000_000n) / 10_000n);
}

test('newVisitorId returns unique version 1 UUIDs of the current time', () => {
  const now = Date.UTC(2026, 10, 24, 10);
  const ids = Array.from({ length: 1_000 }, (_, index) => newVisitorId(now, sha256(String(index))));
  for (const id of ids) {
    expect(isVisitorId(id)).toBe(true);
    expect(id).toMatch(/^.{12}1.{3}[89ab].{3}.[13579bdf].{10}$/);
    expect(getTime(id)).toBe(now);
  }
  expect(new Set(ids).size).toBe(1_000);
});
