import { z } from 'zod';
import type { GrantAccount } from '../../storage/ports/platform-grants.ts';
import type { PlatformFailure, PlatformResult } from '../account-platform.ts';
import type { DownloadRows, PaidClicks, ReportDays } from '../clicks/paid-clicks.ts';
import { lenient, type MicrosoftCall } from './call.ts';
import { ClickRows } from './click-rows.ts';
import type { MicrosoftClient } from './client.ts';
import { toCheckFailure } from './faults.ts';

/**
 * Requests and reads the report of clicks by their click id.
 * @source https://learn.microsoft.com/en-us/advertising/reporting-service/msclickidperformancereportrequest?view=bingads-13,
 * /msclickidperformancereportcolumn, /reporttimezone and /submitgeneratereport (2026-08-17)
 */

/** The columns that Convey reads. The report has none for the landing page. */
const columns = ['TimePeriod', 'MSClickId', 'Clicks', 'CampaignId', 'Keyword'];

const idSchema = z.string().min(1).max(40);
const submittedSchema = z.lazy(() => z.object({ ReportRequestId: idSchema }).transform(({ ReportRequestId: id }) => id));

function toDate(day: string) {
  const [year, month, date] = day.split('-').map(Number);
  return { Year: year, Month: month, Day: date };
}

/**
 * Returns the call that requests the report of whole days. The rows are in UTC; without a time zone the service would end the days by
 * Pacific time.
 * @source https://learn.microsoft.com/en-us/advertising/guides/reports?view=bingads-13#reptimezones (2026-08-17)
 */
export const submitClickReport = ({ accountId }: GrantAccount, { since, until }: ReportDays): MicrosoftCall<string> => ({
  service: 'reporting',
  path: '/GenerateReport/Submit',
  body: {
    ReportRequest: {
      Type: 'MSClickIdPerformanceReportRequest',
      ReportName: 'Convey, paid clicks',
      Format: 'Csv',
      FormatVersion: '2.0',
      ExcludeReportHeader: true,
      ExcludeReportFooter: true,
      ReturnOnlyCompleteData: true,
      Aggregation: 'Daily',
      Columns: columns,
      Scope: { AccountIds: [accountId] },
      Time: {
        CustomDateRangeStart: toDate(since),
        CustomDateRangeEnd: toDate(until),
        ReportTimeZone: 'GreenwichMeanTimeDublinEdinburghLisbonLondon',
      },
    },
  },
  answer: submittedSchema,
});

const polledSchema = z.lazy(() =>
  z
    .object({
      ReportRequestStatus: z.object({
        Status: z.enum(['Pending', 'Success', 'Error']),
        ReportDownloadUrl: lenient(z.string().max(4_000)),
      }),
    })
    .transform(({ ReportRequestStatus: { Status: status, ReportDownloadUrl: url } }) => ({ status, url })),
);
interface PolledReport {
  readonly status: 'Pending' | 'Success' | 'Error';
  /** Undefined if a completed report has no rows. */
  readonly url: string | undefined;
}

/** Returns the call that asks whether a report is completed. */
export const pollReport = (id: string): MicrosoftCall<PolledReport> => ({
  service: 'reporting',
  path: '/GenerateReport/Poll',
  body: { ReportRequestId: id },
  answer: polledSchema,
});

export async function requestClickReport(
  client: MicrosoftClient,
  account: GrantAccount,
  days: ReportDays,
): Promise<PlatformResult<string>> {
  const submitted = await client.call(submitClickReport(account, days));
  return 'failure' in submitted ? { failure: toCheckFailure(submitted.failure) } : { value: submitted.answer };
}

/** Reads a report once it is completed. The address of its file carries its own access, so no credential is sent. */
export async function readClickReport(
  client: MicrosoftClient,
  id: string,
  download: DownloadRows,
): Promise<PlatformResult<PaidClicks | 'pending' | 'failed'>> {
  const polled = await client.call(pollReport(id));
  if ('failure' in polled) return { failure: toCheckFailure(polled.failure) };
  const { status, url } = polled.answer;
  if (status === 'Pending') return { value: 'pending' };
  if (status === 'Error') return { value: 'failed' };
  const rows = new ClickRows(columns);
  if (url === undefined) return { value: rows.clicks };
  const result = await download(url, (row) => rows.read(row));
  if (result) return { failure: explainDownload(result) };
  return rows.hasHead ? { value: rows.clicks } : { failure: unknownForm };
}

function explainDownload({ failure: code, isUnreached }: NonNullable<Awaited<ReturnType<DownloadRows>>>): PlatformFailure {
  if (isUnreached)
    return {
      code,
      isUnreached,
      isPassing: true,
      message: `The file of the report could not be downloaded (${code}). Check that this machine can reach the address, then try again.`,
    };
  if (code.startsWith('HTTP ')) return { ...withheld, code };
  return downloadFailures.find((failure) => failure.code === code) ?? { ...unknownForm, code };
}

const unknownForm: PlatformFailure = {
  code: 'report-unreadable',
  message: 'The file of the report is not a zipped table with the requested columns. Try again. If it persists, update Convey.',
};
const withheld = {
  message: 'Microsoft does not give out the file of the report. Convey asks for it again within the hour.',
  isPassing: true,
};
const downloadFailures: readonly PlatformFailure[] = [
  {
    code: 'too-long',
    message: "The report has more clicks than Convey reads. Compare them with Microsoft's own reports.",
  },
  {
    code: 'address-refused',
    message: 'The address of the report is not a public https address, so it was not called. If it persists, update Convey.',
  },
];
