import type { UnixMs } from './units.ts';

interface Completeness {
  readonly isComplete: boolean;
  /** The time from which on all events are counted. It may be still to come. */
  readonly countedSince?: UnixMs;
  readonly keptSince?: UnixMs;
}

/** Returns why not all events of the period are counted. Undefined if they are. @param format writes a time */
export function describeMissingCounts(
  { isComplete, countedSince = 0, keptSince = 0 }: Completeness,
  now: UnixMs,
  format: (at: UnixMs) => string,
): string | undefined {
  if (isComplete) return undefined;
  if (keptSince > countedSince) return `Kept since ${format(keptSince)}. Earlier counts are no longer kept.`;
  if (countedSince > now) return `Some events are not counted. From ${format(countedSince)} on, all are.`;
  return `Counted since ${format(countedSince)}. Earlier events are missing.`;
}
