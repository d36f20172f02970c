import { sortReports } from '../../kit/report.ts';
import type { ComparedEvent } from '../../kit/simulator.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import { formatValue } from './format-value.ts';

/** Returns an event in the form that all platforms share. */
export function toComparedEvent(event: JournalEvent): ComparedEvent {
  const { eventId, eventName, counted, isMerged, why, server } = event;
  const { reports, used } = sortReports(event);
  return {
    eventId,
    eventName: eventName === '' ? 'no name' : eventName,
    at: reports.map(({ report: { at } }) => at).toSorted()[0] ?? '',
    label: counted === 'none' ? 'not counted' : 'counted',
    tone: counted === 'none' ? 'bad' : 'good',
    isMerged,
    value: used === undefined ? '' : formatValue(used.report.event),
    why,
    server: server.map((report) => ({ event: report.event, warnings: report.warnings.length })),
  };
}
