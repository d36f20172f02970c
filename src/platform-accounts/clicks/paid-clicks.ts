/** A click that the platform charged, as its report states it. */
export interface PaidClick {
  /** `YYYY-MM-DD`, in UTC. */
  readonly day: string;
  /** In the form in which Convey stores click ids. */
  readonly clickId: string;
  /** The id of the campaign. Empty if the report states none. */
  readonly campaign: string;
  /** Empty if the report states none. */
  readonly keyword: string;
}

/** The first and the last day of a report, both included, in UTC: `YYYY-MM-DD`. */
export interface ReportDays {
  readonly since: string;
  readonly until: string;
}

/** The clicks of a report. Each click id occurs once. */
export interface PaidClicks {
  readonly clicks: readonly PaidClick[];
  /** The charged clicks without a click id. */
  readonly withoutId: number;
}

/** The result of a download: why there is none, or nothing. */
export type DownloadResult = { readonly failure: string; readonly isUnreached?: true } | undefined;

/** Downloads a zipped table without credentials, and passes its rows. */
export type DownloadRows = (url: string, onRow: (row: readonly string[]) => void) => Promise<DownloadResult>;
