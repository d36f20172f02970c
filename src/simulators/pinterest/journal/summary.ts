import { isFields } from '../../kit/fields.ts';
import { sortReports } from '../../kit/report.ts';
import { type Summary, summarize } from '../../kit/summary.ts';
import type { JournalEvent } from './journal-event.ts';

export function summarizeEvents(events: readonly JournalEvent[]): Summary {
  return summarize(
    events.map((event) => {
      const { reports, used } = sortReports(event);
      const data = isFields(used?.report.event.custom_data) ? used.report.event.custom_data : {};
      const value = typeof data.value === 'string' ? Number.parseFloat(data.value) : undefined;
      return { ...event, isOffline: event.kind === 'offline', reports: reports.length, value, currency: data.currency };
    }),
  );
}
