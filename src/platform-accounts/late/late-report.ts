import { z } from 'zod';
import { failureSchema } from '../goal-check.ts';

/** A period of a report; UNIX milliseconds. */
export interface ReportPeriod {
  readonly since: number;
  readonly until: number;
}

/** What became of the uploads to a goal. The platform gives sums, and no result of a single purchase. */
export interface UploadReport {
  readonly attributed: number;
  readonly unattributed: number;
  /** The unattributed ones by the platform's name of the reason. */
  readonly reasons: ReadonlyMap<string, number>;
}

const storedReportSchema = z.lazy(() =>
  z.object({
    /** The time of the newest report that had a result. */
    readAt: z.number().exactOptional(),
    report: z
      .object({
        since: z.number(),
        until: z.number(),
        attributed: z.number(),
        unattributed: z.number(),
        reasons: z.array(z.object({ reason: z.string(), purchases: z.number() }).readonly()).readonly(),
      })
      .exactOptional(),
    /** Why a later report had no result. */
    failure: failureSchema.exactOptional(),
  }),
);
export type StoredLateReport = z.output<typeof storedReportSchema>;

/** Parses a stored report. One of another version counts as none. */
export function parseLateReport(text: string | undefined): StoredLateReport {
  return text === undefined ? {} : (storedReportSchema.safeParse(JSON.parse(text)).data ?? {});
}
