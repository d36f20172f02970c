import { isFields, toText } from '../../kit/fields.ts';
import { sortReports } from '../../kit/report.ts';
import type { ComparedEvent } from '../../kit/simulator.ts';
import type { JournalEvent, JournalReport } from '../journal/journal-event.ts';
import { formatValue } from './event-card.ts';

/** Returns an event in the form that all platforms share. */
export function toComparedEvent(event: JournalEvent): ComparedEvent {
  const { eventId, eventName, server, counted, mergedBy, reason, why } = event;
  const { reports, used } = sortReports<JournalReport>(event);
  const data = used?.report.event.properties;
  const orderId = isFields(data) ? toText(data.order_id) : null;
  return {
    eventId,
    ...(orderId !== null && { orderId }),
    eventName: eventName ?? 'no name',
    at: reports.map(({ report: { at } }) => at).toSorted()[0] ?? '',
    label: counted === 'none' ? (reason === 'test' ? 'test event' : 'not counted') : 'counted',
    tone: counted === 'none' ? 'bad' : 'good',
    isMerged: mergedBy !== null,
    value: used === undefined ? '' : formatValue(used.report),
    why,
    server: server.map((report) => ({ event: report.event, warnings: report.warnings.length })),
  };
}
