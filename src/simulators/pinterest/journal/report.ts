import type { ReceivedReport as Received } from '../../kit/events-journal.ts';
import type { Fields } from '../../kit/fields.ts';
import type { Report } from '../../kit/report.ts';
import type { EventWarning } from '../events-api/validate.ts';

/** One report of an event, without unhashed personal data. */
export interface PinterestReport extends Report<'not-readable', EventWarning> {
  /** Keys of `user_data` that can match a person, the strongest first. */
  readonly matchedBy: readonly string[];
  /** The ad account of a server's report, or the tag of a beacon. */
  readonly account: string;
}

export type ReceivedReport = Received<PinterestReport>;

/** All reports of one event. */
export interface ReportGroup {
  /** Undefined for events that are never merged. */
  readonly key: string | undefined;
  readonly firstAt: number;
  /** Time since an event with the same key, if the deduplication window was over. */
  readonly lateMs: number | undefined;
  /** The age at the receipt, if the event was too old to count as one of the website. */
  readonly offlineAgeMs: number | undefined;
  /** The ad account of its first server's report. */
  adAccountId: string | undefined;
  /** The event of the first report. */
  readonly event: Fields;
  readonly reports: ReceivedReport[];
}
