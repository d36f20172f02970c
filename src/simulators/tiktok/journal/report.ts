import type { EventGroup } from '../../kit/event-groups.ts';
import type { ReceivedReport as Received } from '../../kit/events-journal.ts';
import type { Report } from '../../kit/report.ts';
import type { EventWarning } from '../events-api/warnings.ts';

/** The reasons why a report never counts. */
export type VoidCause = 'not-readable' | 'unknown-pixel' | 'test';

/** One report of an event, without unhashed personal data. */
export interface TiktokReport extends Report<VoidCause, EventWarning> {
  /** Keys of `user` that can match a person, the strongest first. */
  readonly matchedBy: readonly string[];
  readonly testEventCode?: string;
}

/** The use of a report: the first one counts, a merged one adds its data, a dropped one has no effect. */
export type ReportUse = 'first' | 'merged' | 'dropped' | 'void';

export type ReceivedReport = Received<TiktokReport>;

/** All reports of one event. */
export interface ReportGroup extends EventGroup<TiktokReport> {
  readonly pixelCode: string;
  readonly reports: ReceivedReport[];
  /** Whether a report without an event id was recognized by cookie and name. */
  isByCookie?: true;
}
