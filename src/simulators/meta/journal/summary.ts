import { isFields } from '../../kit/fields.ts';
import { sortReports } from '../../kit/report.ts';
import { summarize } from '../../kit/summary.ts';
import type { JournalEvent } from './journal-event.ts';

/** Summarizes the events as Meta would count them. Those with a test event code count as well. */
export function summarizeEvents(events: readonly JournalEvent[]) {
  const summary = summarize(
    events.map((event) => {
      const { reports, used } = sortReports(event);
      const data = isFields(used?.report.event.custom_data) ? used.report.event.custom_data : {};
      const value = typeof data.value === 'number' ? data.value : undefined;
      return { ...event, isMerged: event.mergedBy !== null, reports: reports.length, value, currency: data.currency };
    }),
  );
  const tests = events.filter(({ counted, testEventCodes }) => counted !== 'none' && testEventCodes.length > 0).length;
  return { ...summary, tests };
}
