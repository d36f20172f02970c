import type { EventGroup } from '../../kit/event-groups.ts';
import { toText } from '../../kit/fields.ts';
import { type ListedReport, listReports, type Report, type ReportSource } from '../../kit/report.ts';
import type { EventWarning } from '../events-api/answer.ts';
import type { Settings } from '../settings.ts';

/** The reasons why a report never counts. */
export type VoidCause = 'not-readable' | 'unknown-pixel';

/** One report of an event, without unhashed personal data. */
export interface OpenaiReport extends Report<VoidCause, EventWarning> {
  /** Keys that can match a person, the strongest first. */
  readonly matchedBy: readonly string[];
}

/** All reports of one event. */
export interface ReportGroup extends EventGroup<OpenaiReport> {
  readonly pixelId: string;
}

/** Everything that was reported about one event, and whether and why OpenAI would count it. */
export interface JournalEvent {
  readonly pixelId: string;
  readonly eventId: string | null;
  readonly eventName: string;
  /** Reports in the order of arrival. */
  readonly server: readonly ListedReport<OpenaiReport>[];
  readonly browser: readonly ListedReport<OpenaiReport>[];
  /** The source of the report that is used. */
  readonly counted: ReportSource | 'none';
  readonly isMerged: boolean;
  /** The keys of the used report that can match a person. */
  readonly matchedBy: readonly string[];
  readonly why: string;
}

/** Returns the event's name: that of a custom event, else its type. */
export const getEventName = ({ event }: Pick<Report, 'event'>): string =>
  toText(event.custom_event_name) ?? toText(event.type) ?? '';

/** Returns the event as evaluated by the settings. OpenAI keeps the first report of an event. */
export function toJournalEvent({ pixelId, event, reports, lateMs }: ReportGroup, settings: Settings): JournalEvent {
  const counted = reports.find(({ report }) => report.void === undefined);
  const server = listReports(reports, 'server', counted);
  const browser = listReports(reports, 'browser', counted);
  const isMerged = counted !== undefined && server.length > 0 && browser.length > 0;
  const eventName = getEventName({ event });
  const sentences = [
    counted === undefined ? explainVoid(reports[0]?.report.void) : `Counted once, from the ${counted.source}.`,
    isMerged ? `Browser and server were merged: the same pixel, name and event id. The first report is kept.` : '',
    !isMerged && reports.length > 1 ? `${reports.length} reports have the same pixel, name and event id. The first is kept.` : '',
    lateMs === undefined
      ? ''
      : `Not merged with an earlier report: the simulator merges within ${Math.round(settings.dedupWindowMs / 86_400_000)} days.`,
    counted !== undefined && counted.report.matchedBy.length === 0 ? 'It has no key that identifies a person.' : '',
    counted !== undefined && event.opt_out === true ? 'It is kept out of personalisation.' : '',
    counted === undefined ? '' : `A campaign counts it if an event setting for “${eventName}” is attached.`,
  ];
  return {
    pixelId,
    eventId: toText(event.id),
    eventName,
    server,
    browser,
    counted: counted?.source ?? 'none',
    isMerged,
    matchedBy: counted?.report.matchedBy ?? [],
    why: sentences.filter((sentence) => sentence !== '').join(' '),
  };
}

function explainVoid(cause: OpenaiReport['void']): string {
  return cause === 'unknown-pixel'
    ? 'Not counted: the simulator was started with other pixels.'
    : 'Not counted: the report has no event id or breaks a rule of the pixel.';
}
