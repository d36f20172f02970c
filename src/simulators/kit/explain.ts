import type { Report, ReportSource, SourcedReport } from './report.ts';

/** Sentences of a journal about its reports, in which the platforms do not differ. */

/** Returns a time between two reports, such as `2.5 s`, `5 min` or `48 h`. */
export function formatSpan(ms: number): string {
  if (ms >= 3_600_000) return `${Math.round(ms / 360_000) / 10} h`;
  return ms >= 60_000 ? `${Math.round(ms / 6_000) / 10} min` : `${Math.round(ms / 100) / 10} s`;
}

/** Returns the sentence for an event that counts. */
export const describeUsedReport = (reports: readonly unknown[], source: ReportSource): string =>
  reports.length === 1 ? `Counted from the ${source}, the only report.` : `Counted once, from the ${source}.`;

/** Returns the sentence for an event that came after the window in which it would have been merged. */
export const describeLate = (lateMs: number, windowMs: number): string =>
  `Not merged with the report ${formatSpan(lateMs)} earlier: deduplication ends after ${formatSpan(windowMs)}, so both count.`;

/** Returns the number of further reports of one source, such as `2 more reports`. */
export const countMore = (repeats: number): string => (repeats === 1 ? '1 more report' : `${repeats} more reports`);

/** Names a near miss by the sources that reported it. */
export const describeReporters = (sources: ReportSource | 'both'): string =>
  sources === 'both' ? 'an event of browser and server' : `a report of the ${sources}`;

/** Returns the keys that only duplicates of the used report have. */
export function listLostKeys(
  reports: readonly SourcedReport<Report & { readonly matchedBy: readonly string[] }>[],
  used: readonly string[],
): readonly string[] {
  const keys = reports.flatMap(({ report }) => (report.void === undefined ? report.matchedBy : []));
  return [...new Set(keys)].filter((key) => !used.includes(key));
}

/** Returns the sentence for keys that are lost with a duplicate. */
export const describeLostKeys = (keys: readonly string[]): string =>
  `Only a duplicate has ${keys.join(', ')}. Send the same keys from both, because a duplicate is dropped.`;
