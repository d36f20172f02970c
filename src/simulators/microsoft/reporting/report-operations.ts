import { ApiFault } from '../campaign-management/api-error.ts';
import type { AccountCall, AccountOperation, ApiState } from '../campaign-management/call.ts';
import { readId, toFields } from '../campaign-management/read-request.ts';
import { listClickRows, listGoalRows, type ReportRow } from './report-rows.ts';

interface ReportKind {
  readonly columns: readonly string[];
  list(call: AccountCall, state: ApiState): readonly ReportRow[];
}

const kinds: Readonly<Record<string, ReportKind>> = {
  GoalsAndFunnelsReportRequest: {
    columns: ['TimePeriod', 'GoalId', 'Goal', 'AllConversions', 'AllRevenue'],
    list: listGoalRows,
  },
  MSClickIdPerformanceReportRequest: {
    columns: ['TimePeriod', 'MSClickId', 'Clicks', 'CampaignId', 'Keyword', 'ConversionsQualified', 'Revenue'],
    list: listClickRows,
  },
};

/**
 * The operations of Reporting.
 * @source https://learn.microsoft.com/en-us/advertising/reporting-service/submitgeneratereport (2026-08-17)
 */
export const reportOperations: readonly AccountOperation[] = [
  {
    method: 'POST',
    path: '/GenerateReport/Submit',
    run(call, state) {
      const { Type: type, Columns: asked, Time: time } = toFields(call.body.ReportRequest);
      const kind = typeof type === 'string' && Object.hasOwn(kinds, type) ? kinds[type] : undefined;
      const columns = Array.isArray(asked) ? asked.map(String) : kind?.columns;
      if (kind === undefined || columns === undefined || columns.some((column) => !kind.columns.includes(column)))
        throw new ApiFault(100);
      const rows = kind.list(call, state).filter(({ TimePeriod: day = '' }) => isIn(day, toFields(time)));
      const csv = rows.length === 0 ? null : toCsv(columns, rows);
      const id = state.reports.add(call.access.account.id, csv, call.now);
      if (id === undefined) throw new ApiFault(207);
      return { ReportRequestId: id };
    },
  },
  {
    method: 'POST',
    path: '/GenerateReport/Poll',
    run({ body, access, now, origin }, { reports }) {
      const id = readId(body.ReportRequestId) ?? '';
      const state = reports.poll(access.account.id, id, now);
      if (state === undefined) throw new ApiFault(100);
      return {
        ReportRequestStatus: {
          Status: state === 'pending' ? 'Pending' : 'Success',
          ReportDownloadUrl: state === 'ready' ? `${origin}/Reporting/v13/Download/${id}` : null,
        },
      };
    },
  },
];

function isIn(day: string, { CustomDateRangeStart: start, CustomDateRangeEnd: end }: Readonly<Record<string, unknown>>): boolean {
  const [from, to] = [toDay(start), toDay(end)];
  return (from === undefined || day >= from) && (to === undefined || day <= to);
}

function toDay(date: unknown): string | undefined {
  const { Year: year, Month: month, Day: day } = toFields(date);
  if (typeof year !== 'number' || typeof month !== 'number' || typeof day !== 'number') return undefined;
  return [year, month, day].map((part) => String(part).padStart(2, '0')).join('-');
}

/** A byte order mark begins the file, and every value is quoted (assumptions). */
function toCsv(columns: readonly string[], rows: readonly ReportRow[]): string {
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))];
  return `\uFEFF${lines.map((values) => values.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')).join('\r\n')}\r\n`;
}
