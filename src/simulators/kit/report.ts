import type { Fields } from './fields.ts';

/** The sender of a report. */
export type ReportSource = 'server' | 'browser';

/** One report of an event, by a server or by the browser tag. `V`: the reasons why a report never counts. */
export interface Report<V extends string = string, W = unknown> {
  /** `request.index` for a server's report, `b` and a number for a beacon. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  /** The event as the journal shows it. A beacon's fields have the names of the server API. */
  readonly event: Fields;
  readonly warnings: readonly W[];
  /** The parameters of a beacon. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** The reason why this report never counts. */
  readonly void?: V;
}

/** A report as the journal returns it. */
export type ListedReport<R extends Report> = R & {
  /** The id of the report that is used instead. */
  readonly duplicateOf?: string;
};

/** A report with its sender. */
export interface SourcedReport<R extends Report = Report> {
  readonly source: ReportSource;
  readonly report: R;
}

/** Returns the reports of one source. Those that count are duplicates of `counted`, unless they are it. */
export function listReports<R extends Report>(
  reports: readonly SourcedReport<R>[],
  source: ReportSource,
  counted: SourcedReport<R> | undefined,
): ListedReport<R>[] {
  return reports.flatMap((one) => {
    if (one.source !== source) return [];
    const isDuplicate = counted !== undefined && one !== counted && one.report.void === undefined;
    return [isDuplicate ? { ...one.report, duplicateOf: counted.report.id } : one.report];
  });
}

/** Returns all reports of an event, those of the browser first, and the one that is used; undefined if there is none. */
export function sortReports<R extends Report>(event: {
  readonly browser: readonly ListedReport<R>[];
  readonly server: readonly ListedReport<R>[];
}): {
  readonly reports: readonly SourcedReport<ListedReport<R>>[];
  readonly used: SourcedReport<ListedReport<R>> | undefined;
} {
  const reports = [
    ...event.browser.map((report) => ({ source: 'browser', report }) as const),
    ...event.server.map((report) => ({ source: 'server', report }) as const),
  ];
  const used = reports.find(({ report }) => report.void === undefined && report.duplicateOf === undefined);
  return { reports, used: used ?? reports[0] };
}
