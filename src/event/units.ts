/** Milliseconds since 1970-01-01T00:00:00Z. Every time inside Convey is in this unit. */
export type UnixMs = number;

/** Seconds since 1970-01-01T00:00:00Z, the unit of some platforms' APIs. */
export type UnixSeconds = number;

/** Formats a time to the second, in UTC: `2026-11-24 10:00:00`. */
export function formatUtc(at: UnixMs): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}

export const secondMs = 1_000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
