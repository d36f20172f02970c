import { getMaxEventAgeMs } from '../../event/late-events.ts';
import type { Site } from '../../event/site.ts';
import { findTime } from '../../event/time-zone.ts';
import { dayMs, formatUtc, type UnixMs } from '../../event/units.ts';
import type { DayRange } from './accuracy-reader.ts';

/** Describes which orders of a period its numbers include, so that a person knows which they do not. */
export function describeCoverage(
  site: Pick<Site, 'connections' | 'timeZone'>,
  { since }: DayRange,
  keptSince: UnixMs | undefined,
): string {
  const days = getMaxEventAgeMs(site) / dayMs;
  const counted = `Counts orders that were reported within ${days} days after they were placed, as the site accepts events`;
  const isCut = keptSince !== undefined && keptSince > findTime(since, 0, site.timeZone);
  return isCut ? `${counted}, and since ${formatUtc(keptSince)} UTC, the first event that is kept.` : `${counted}.`;
}
