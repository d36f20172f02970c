import type { ApiResponse } from '../api/client.ts';
import { formatDuration } from '../event/format-numbers.ts';
import { describeReports } from '../event/report-way.ts';

export type ReportedWays = ApiResponse<'GET /api/sites/:site/checklist'>['ways'];

/** Returns a clause for each way in that ever reported, the newest report first. */
export function describeWays(ways: ReportedWays, now: number): readonly string[] {
  return ways
    .toSorted((a, b) => b.lastAt - a.lastAt)
    .map((way) => `${describeReports(way)}, the last ${formatDuration(now - way.lastAt)} ago`);
}
