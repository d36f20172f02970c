import { toText } from '../../kit/fields.ts';
import { type ListedReport, listReports, type ReportSource } from '../../kit/report.ts';
import { isListedName } from '../events-api/listed-names.ts';
import type { Settings } from '../settings.ts';
import { selectCountedReport } from './deduplication.ts';
import { explain } from './explain.ts';
import type { NearMiss } from './near-misses.ts';
import type { PinterestReport, ReportGroup } from './report.ts';

/** Everything that was reported about one event, and whether and why Pinterest would count it. */
export interface JournalEvent {
  readonly eventId: string | null;
  readonly eventName: string | null;
  readonly eventType: 'standard' | 'custom';
  /** `offline`: it was received too late to count as an event of the website. */
  readonly kind: 'web' | 'offline';
  /** Reports in the order of arrival. */
  readonly server: readonly ListedReport<PinterestReport>[];
  readonly browser: readonly ListedReport<PinterestReport>[];
  /** The source of the report that is used. */
  readonly counted: ReportSource | 'none';
  readonly isMerged: boolean;
  /** The keys of the used report that can match a person, the strongest first. */
  readonly matchedBy: readonly string[];
  /** Whether it looks like another event and was not merged with it. */
  readonly doubtful: boolean;
  readonly why: string;
}

/** Returns the event as evaluated by the settings. */
export function toJournalEvent(group: ReportGroup, settings: Settings, near: readonly NearMiss[]): JournalEvent {
  const { event, reports, lateMs, offlineAgeMs } = group;
  const counted = selectCountedReport(reports);
  const server = listReports(reports, 'server', counted);
  const browser = listReports(reports, 'browser', counted);
  return {
    eventId: toText(event.event_id),
    eventName: toText(event.event_name),
    eventType: isListedName(event.event_name) ? 'standard' : 'custom',
    kind: offlineAgeMs === undefined ? 'web' : 'offline',
    server,
    browser,
    counted: counted?.source ?? 'none',
    isMerged: server.length > 0 && browser.length > 0,
    matchedBy: counted?.report.matchedBy ?? [],
    doubtful: near.length > 0 || lateMs !== undefined,
    why: explain(group, counted, near, settings),
  };
}
