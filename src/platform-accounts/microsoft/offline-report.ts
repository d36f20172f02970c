import { z } from 'zod';
import type { PlatformResult } from '../account-platform.ts';
import type { ReportPeriod, UploadReport } from '../late/late-report.ts';
import { idSchema, lenient, lenientList, type MicrosoftCall } from './call.ts';
import type { MicrosoftClient } from './client.ts';
import { toCheckFailure } from './faults.ts';

/**
 * Reads what became of uploaded purchases. Microsoft gives sums by goal and day, and no result of a single row.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/getofflineconversionreportbygoalids?view=bingads-13
 * (2026-08-17)
 */

const count = lenient(z.coerce.number().int().nonnegative());
const summariesSchema = z.lazy(() =>
  z
    .object({
      OfflineGoalConversionSummaries: lenientList(
        z.object({
          GoalId: idSchema,
          OverallSuccessCount: count,
          OverallUnattributedCount: count,
          OverallAlerts: lenient(
            lenientList(z.object({ Count: count, UnattributedReason: lenient(z.string().regex(/^\w{1,100}$/)) })),
          ),
        }),
      ),
    })
    .transform(({ OfflineGoalConversionSummaries: summaries }) => summaries),
);
type Summary = z.output<typeof summariesSchema>[number];

/** Returns the call that reads the report of a goal, of at most 7 days. */
const queryOfflineReport = (goalId: string, { since, until }: ReportPeriod): MicrosoftCall<readonly Summary[]> => ({
  service: 'campaign',
  path: '/OfflineConversionReport/QueryByGoalIds',
  body: {
    StartDateUtc: new Date(since).toISOString(),
    EndDateUtc: new Date(until).toISOString(),
    GoalIds: [goalId],
    UploadChannelFilter: 'CampaignManagementAPI',
  },
  answer: summariesSchema,
});

export async function readOfflineReport(
  client: Pick<MicrosoftClient, 'call'>,
  goalId: string,
  period: ReportPeriod,
): Promise<PlatformResult<UploadReport>> {
  const called = await client.call(queryOfflineReport(goalId, period));
  if ('failure' in called) return { failure: toCheckFailure(called.failure) };
  const own = called.answer.filter(({ GoalId }) => GoalId === goalId);
  const reasons = new Map<string, number>();
  for (const { OverallAlerts: alerts = [] } of own)
    for (const { Count: some = 0, UnattributedReason: reason = 'Unknown' } of alerts)
      reasons.set(reason, (reasons.get(reason) ?? 0) + some);
  const sum = (read: (one: Summary) => number | undefined) => own.reduce((total, one) => total + (read(one) ?? 0), 0);
  return {
    value: {
      attributed: sum((one) => one.OverallSuccessCount),
      unattributed: sum((one) => one.OverallUnattributedCount),
      reasons,
    },
  };
}
