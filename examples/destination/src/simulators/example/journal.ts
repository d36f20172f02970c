import { type EventGroup, groupByKey } from '../kit/event-groups.ts';
import { EventsJournal } from '../kit/events-journal.ts';
import type { JournalLimits } from '../kit/journal-store.ts';
import { type ListedReport, listReports, type Report, type ReportSource } from '../kit/report.ts';

/** Everything that was reported about one event. */
export interface JournalEvent {
  readonly eventId: string | null;
  readonly eventName: string;
  readonly server: readonly ListedReport<Report>[];
  readonly browser: readonly ListedReport<Report>[];
  readonly counted: ReportSource;
  readonly isMerged: boolean;
  readonly why: string;
}

/** Creates a journal that merges as Example Ads does: reports with the same id are one event, and the first one counts. */
export function createJournal(limits: JournalLimits) {
  return new EventsJournal<never, never, Report<never, never>, EventGroup<Report<never, never>>, JournalEvent, object>(limits, {
    // The events have hashes only.
    maskBody: (body) => body,
    toReport: (event, details) => ({ ...details, event }),
    groups: groupByKey(
      Number.POSITIVE_INFINITY,
      ({ event }) => String(event.event_id),
      (group) => group,
    ),
    listEvents: (groups) => [...groups].map(toJournalEvent),
  });
}

function toJournalEvent({ key, event, reports }: EventGroup<Report<never, never>>): JournalEvent {
  const [first] = reports;
  const server = listReports(reports, 'server', first);
  const browser = listReports(reports, 'browser', first);
  return {
    eventId: key ?? null,
    eventName: String(event.event),
    server,
    browser,
    counted: first?.source ?? 'server',
    isMerged: server.length > 0 && browser.length > 0,
    why: 'Example Ads counts each event ID once.',
  };
}
