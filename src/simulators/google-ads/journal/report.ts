import type { ReceivedReport as Received } from '../../kit/events-journal.ts';
import type { Report } from '../../kit/report.ts';
import type { FieldWarning } from '../api/event-rules.ts';

/** One report of a conversion. `void` is the reason of Google's refusal, or `COOKIELESS` for a beacon without consent. */
export interface GoogleReport extends Report<string, FieldWarning> {
  /** The keys by which Google can match the conversion to an ad click. */
  readonly matchedBy: readonly string[];
}

export type ReceivedReport = Received<GoogleReport>;

/** All reports of one conversion. */
export interface ReportGroup {
  /** The keys under which the group is found. */
  readonly keys: Set<string>;
  /** The number of the action; null while only a beacon with an unknown label reported it. */
  actionId: string | null;
  /** The label of the tag: `AW-123456789/label`. */
  sendTo: string | null;
  readonly transactionId: string | null;
  readonly reports: ReceivedReport[];
}
