import type { Fields } from '../../kit/fields.ts';
import type { Report, SourcedReport } from '../../kit/report.ts';
import type { EventWarning } from '../events-api/validate.ts';

/** One report of an event, without unhashed personal data. */
export interface MetaReport extends Report<'not-readable' | 'unknown-dataset', EventWarning> {
  /** Keys of `user_data` that can match a person, the strongest first. */
  readonly matchedBy: readonly string[];
  readonly testEventCode?: string;
}

export interface ReceivedReport extends SourcedReport<MetaReport> {
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
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
