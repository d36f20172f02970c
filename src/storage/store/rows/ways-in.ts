import { isReportSource, type ReportSource } from '../../../event/event.ts';
import { testEventName } from '../../../event/event-names.ts';
import { isVia } from '../../../event/via.ts';
import { countBucketStart } from '../../ports/event-counts.ts';
import type { ReceivedReport } from '../../ports/reports.ts';
import { type WayInUse, wayInCountedMs } from '../../ports/site-activity.ts';

interface WayBucket {
  readonly bucket: number;
  readonly reports: number;
  readonly undecided: number;
  readonly lastAt: number;
}

interface WayCounts {
  readonly reporter: ReportSource;
  /** Empty for the source's own way in. */
  readonly via: string;
  /** Those of the last day before the newest. */
  readonly buckets: readonly WayBucket[];
  readonly newest: number;
}

/** Selects the reports that show a way in to work. An event that a rule added was reported by nobody. */
export function selectWayReports(reports: readonly ReceivedReport[]): readonly ReceivedReport[] {
  return reports.filter(({ name, addedFor }) => name !== testEventName && addedFor === undefined);
}

/** Counts reports by way in and bucket. */
export function groupByWay(reports: readonly ReceivedReport[]): readonly WayCounts[] {
  const counted = selectWayReports(reports);
  return [...Map.groupBy(counted, ({ reporter, via = '' }) => `${reporter} ${via}`).values()].flatMap((own) => {
    const [first] = own;
    if (!first) return [];
    const buckets = [...Map.groupBy(own, ({ at }) => countBucketStart(at))].map(([bucket, some]) => ({
      bucket,
      reports: some.length,
      undecided: some.filter(({ isUndecided }) => isUndecided).length,
      lastAt: some.reduce((last, { at }) => Math.max(last, at), 0),
    }));
    const newest = Math.max(...buckets.map(({ bucket }) => bucket));
    const kept = buckets.filter(({ bucket }) => bucket >= newest - wayInCountedMs);
    return [{ reporter: first.reporter, via: first.via ?? '', buckets: kept, newest }];
  });
}

export interface WayRow {
  readonly reporter: string;
  readonly via: string;
  readonly reports: number;
  readonly undecided: number;
  readonly lastAt: number;
}

/** Returns nothing for a way in of a newer version. */
export function toWayInUse({ reporter, via, ...counts }: WayRow): readonly WayInUse[] {
  if (!isReportSource(reporter) || (via !== '' && !isVia(via))) return [];
  return [{ reporter, ...(isVia(via) && { via }), ...counts }];
}
