import { isFields, toText } from '../../kit/fields.ts';
import { sortReports } from '../../kit/report.ts';
import type { ComparedEvent } from '../../kit/simulator.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import { isMerged } from '../journal/summary.ts';
import { formatValue, reasonLabels } from './event-card.ts';

/** Returns an event in the form that all platforms share. */
export function toComparedEvent(event: JournalEvent): ComparedEvent {
  const { eventId, eventName, eventType, server, reason, why } = event;
  const { reports, used } = sortReports(event);
  const [label, tone] = reasonLabels[reason];
  const data = used?.report.event.customData;
  const orderId = isFields(data) ? toText(data.transactionId) : null;
  return {
    eventId,
    ...(orderId !== null && { orderId }),
    eventName: eventName ?? eventType,
    at: reports.map(({ report }) => report.at).toSorted()[0] ?? '',
    label: reason === 'conversion' ? 'counted' : label,
    tone,
    isMerged: isMerged(event),
    value: used === undefined ? '' : formatValue(used.report),
    why,
    server: server.map((report) => ({ event: report.event, warnings: report.warnings.length })),
  };
}
