import { isFields } from '../../kit/fields.ts';
import { sortReports } from '../../kit/report.ts';
import { summarize } from '../../kit/summary.ts';
import type { JournalEvent } from './journal-event.ts';

/** Summarizes the events as TikTok would count them. Test events do not count. */
export function summarizeEvents(events: readonly JournalEvent[]) {
  const summary = summarize(
    events.map((event) => {
      const { reports } = sortReports(event);
      const data = reports.find(({ report }) => report.use === 'first')?.report.event.properties;
      const { value, currency } = isFields(data) ? data : {};
      return {
        ...event,
        isMerged: event.mergedBy !== null,
        reports: reports.length,
        value: typeof value === 'number' ? value : undefined,
        currency,
      };
    }),
  );
  const tests = events.filter(({ reason }) => reason === 'test').length;
  const dropped = events.flatMap(({ server, browser }) => [...server, ...browser]).filter(({ use }) => use === 'dropped').length;
  return { ...summary, tests, dropped, notCounted: summary.notCounted - tests };
}
