import { toText } from '../../kit/fields.ts';
import { type ListedReport, listReports, type ReportSource } from '../../kit/report.ts';
import type { Settings } from '../settings.ts';
import { selectCountedReport } from './deduplication.ts';
import { explain } from './explain.ts';
import type { NearMiss } from './near-misses.ts';
import type { MetaReport, ReportGroup } from './report.ts';
import { isStandardEvent } from './standard-events.ts';

/** Everything that was reported about one event, and whether and why Meta would count it. */
export interface JournalEvent {
  readonly datasetId: string;
  readonly eventId: string | null;
  readonly eventName: string | null;
  readonly eventType: 'standard' | 'custom';
  /** Reports in the order of arrival. */
  readonly server: readonly ListedReport<MetaReport>[];
  readonly browser: readonly ListedReport<MetaReport>[];
  /** The source of the report that is used. */
  readonly counted: ReportSource | 'none';
  readonly reason: 'counted' | 'not-readable' | 'unknown-dataset';
  /** How reports of browser and server were merged; null if they were not. */
  readonly mergedBy: 'event_id' | 'fbp' | 'external_id' | null;
  /** The keys of the used report that can match a person, the strongest first. */
  readonly matchedBy: readonly string[];
  readonly testEventCodes: readonly string[];
  /** Whether it looks like another event and was not merged with it. */
  readonly doubtful: boolean;
  readonly why: string;
}

/** Returns the event as evaluated by the settings. */
export function toJournalEvent(group: ReportGroup, settings: Settings, near: readonly NearMiss[]): JournalEvent {
  const { datasetId, event, reports, lateMs, mergedByPerson } = group;
  const counted = selectCountedReport(reports, settings);
  const eventName = toText(event.event_name);
  const codes = reports.flatMap(({ report }) => (report.testEventCode === undefined ? [] : [report.testEventCode]));
  const server = listReports(reports, 'server', counted);
  const browser = listReports(reports, 'browser', counted);
  const isMerged = server.length > 0 && browser.length > 0;
  return {
    datasetId,
    eventId: reports.map(({ report }) => toText(report.event.event_id)).find((id) => id !== null) ?? null,
    eventName,
    eventType: isStandardEvent(eventName ?? '') ? 'standard' : 'custom',
    server,
    browser,
    counted: counted?.source ?? 'none',
    reason: counted === undefined ? (reports[0]?.report.void ?? 'not-readable') : 'counted',
    mergedBy: isMerged ? (mergedByPerson ?? 'event_id') : null,
    matchedBy: counted?.report.matchedBy ?? [],
    testEventCodes: [...new Set(codes)],
    doubtful: near.length > 0 || lateMs !== undefined,
    why: explain(group, counted, near, settings),
  };
}
