import type { ReceivedReport as Received } from '../../kit/events-journal.ts';
import type { Fields } from '../../kit/fields.ts';
import type { Report } from '../../kit/report.ts';
import type { EventWarning } from '../events-api/validate.ts';

/** The reasons why a report never counts. */
export type VoidCause = 'not-readable' | 'unknown-dataset';

/** One report of an event, without unhashed personal data. */
export interface MetaReport extends Report<VoidCause, EventWarning> {
  /** Keys of `user_data` that can match a person, the strongest first. */
  readonly matchedBy: readonly string[];
  readonly testEventCode?: string;
}

export type ReceivedReport = Received<MetaReport>;

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
