import type { UnixMs } from '../event/units.ts';

/** The time from the Gregorian reform to 1970, in units of 100 ns. */
const gregorianOffset = 0x01b21dd213814000n;

/**
 * Returns a new visitor id: a version 1 UUID as 32 lower-case hexadecimal digits, the form that Microsoft prefers.
 * @param random 32 or more unguessable hexadecimal digits.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04; anonymousId)
 */
export function newVisitorId(now: UnixMs, random: string): string {
  const bits = BigInt(`0x${random.slice(0, 32)}`);
  const takeBits = (from: number, width: number) => (bits >> BigInt(from)) & ((1n << BigInt(width)) - 1n);
  // The clock has milliseconds, so the smaller digits are random.
  const ticks = (BigInt(now) * 10_000n + (takeBits(0, 32) % 10_000n) + gregorianOffset).toString(16).padStart(15, '0');
  const sequence = (takeBits(32, 14) | 0x8000n).toString(16);
  // The multicast bit marks a random node that is no machine's address.
  const node = (takeBits(48, 48) | (1n << 40n)).toString(16).padStart(12, '0');
  return `${ticks.slice(7)}${ticks.slice(3, 7)}1${ticks.slice(0, 3)}${sequence}${node}`;
}

/** Returns whether a text has the form of Convey's own visitor ids. */
export function isVisitorId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

/** Returns a visitor id unchanged except for surrounding spaces; `undefined` if it is not 1 to 128 printable ASCII characters. */
export function readAnonymousId(input: string): string | undefined {
  const text = input.trim();
  return /^[\x21-\x7e]{1,128}$/.test(text) ? text : undefined;
}
