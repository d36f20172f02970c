import { toText } from '../../kit/fields.ts';
import { type ListedReport, listReports, type ReportSource } from '../../kit/report.ts';
import type { Settings } from '../settings.ts';
import { explain } from './explain.ts';
import type { NearMiss } from './near-misses.ts';
import type { ReceivedReport, ReportGroup, ReportUse, TiktokReport } from './report.ts';

export interface JournalReport extends ListedReport<TiktokReport> {
  readonly use: ReportUse;
}

/** Everything that was reported about one event, and whether and why TikTok would count it. */
export interface JournalEvent {
  readonly pixelCode: string;
  readonly eventId: string | null;
  readonly eventName: string | null;
  /** Reports in the order of arrival. */
  readonly server: readonly JournalReport[];
  readonly browser: readonly JournalReport[];
  /** The source of the first report. */
  readonly counted: ReportSource | 'none';
  readonly reason: 'counted' | 'not-readable' | 'unknown-pixel' | 'test';
  /** How the reports of browser and server were recognized as one event; null if one side reported it. */
  readonly mergedBy: 'event_id' | 'ttp' | null;
  /** The keys of the first report and of those that were merged, the strongest first. */
  readonly matchedBy: readonly string[];
  readonly testEventCodes: readonly string[];
  /** Whether it looks like another event and was not merged with it. */
  readonly doubtful: boolean;
  readonly why: string;
}

/** Returns the event as evaluated by the settings. */
export function toJournalEvent(group: ReportGroup, settings: Settings, near: readonly NearMiss[]): JournalEvent {
  const { pixelCode, event, reports, lateMs, isByCookie } = group;
  const first = reports.find(({ report }) => report.void === undefined);
  const useOf = (one: ReceivedReport) => getUse(one, reports, settings);
  const uses = new Map(reports.map((one) => [one.report.id, useOf(one)]));
  const list = (source: ReportSource): JournalReport[] =>
    listReports(reports, source, first).map((report) => ({ ...report, use: uses.get(report.id) ?? 'void' }));
  const server = list('server');
  const browser = list('browser');
  const used = reports.filter((one) => ['first', 'merged'].includes(useOf(one)));
  const codes = reports.flatMap(({ report }) => report.testEventCode ?? []);
  return {
    pixelCode,
    eventId: reports.map(({ report }) => toText(report.event.event_id)).find((id) => id !== null) ?? null,
    eventName: toText(event.event),
    server,
    browser,
    counted: first?.source ?? 'none',
    reason: first === undefined ? (reports[0]?.report.void ?? 'not-readable') : 'counted',
    mergedBy: server.length > 0 && browser.length > 0 ? (isByCookie ? 'ttp' : 'event_id') : null,
    matchedBy: [...new Set(used.flatMap(({ report }) => report.matchedBy))],
    testEventCodes: [...new Set(codes)],
    doubtful: near.length > 0 || lateMs !== undefined,
    why: explain(group, { first, near, settings, useOf }),
  };
}

function getUse(one: ReceivedReport, reports: readonly ReceivedReport[], { mergeWindowMs }: Settings): ReportUse {
  const [first, ...others] = reports.filter(({ report }) => report.void === undefined);
  if (one.report.void !== undefined || first === undefined) return 'void';
  if (one === first) return 'first';
  // The first report of the other side enriches the first of all. A report that cookie and name recognized is dropped.
  const isCopy =
    one === others.find(({ source }) => source !== first.source) && one.receivedAt - first.receivedAt <= mergeWindowMs;
  return isCopy && toText(one.report.event.event_id) === toText(first.report.event.event_id) ? 'merged' : 'dropped';
}
