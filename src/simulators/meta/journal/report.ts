import type { Fields } from '../../kit/fields.ts';
import type { EventWarning } from '../events-api/validate.ts';

/** The sender of a report. */
export type ReportSource = 'server' | 'browser';

/** One report of an event, by a server or by the browser tag. */
export interface Report {
  /** `request.index` for a server's report, `b` and a number for a beacon. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  /** The event as received, without unhashed personal data. A beacon's fields have the names of the Conversions API. */
  readonly event: Fields;
  /** Keys of `user_data` that can match a person, the strongest first. */
  readonly matchedBy: readonly string[];
  readonly warnings: readonly EventWarning[];
  readonly testEventCode?: string;
  /** The parameters of a beacon, as received, without unhashed personal data. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** The reason why this report never counts. */
  readonly void?: 'not-readable' | 'unknown-dataset';
}

/** A report as the journal returns it. */
export interface JournalReport extends Report {
  /** The id of the report that is used instead. */
  readonly duplicateOf?: string;
}

export interface ReceivedReport {
  readonly source: ReportSource;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly report: Report;
}

/** All reports of one event. */
export interface ReportGroup {
  readonly datasetId: string;
  /** Deduplication keys of the reports with an event id. */
  readonly keys: Set<string>;
  readonly firstAt: number;
  /** Time since an event with the same key, if the deduplication window was over. */
  readonly lateMs: number | undefined;
  /** The event of the first report. */
  readonly event: Fields;
  readonly reports: ReceivedReport[];
  /** The key that merged a report without an event id. */
  mergedByPerson?: 'fbp' | 'external_id';
}

/** Returns null for an empty string and for other types. */
export const toText = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
