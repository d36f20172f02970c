import type { ComparedEvent } from '../../kit/simulator.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import { formatValue } from './event-card.ts';

/** Returns an event in the form that all platforms share. */
export function toComparedEvent({
  eventId,
  eventName,
  server,
  browser,
  counted,
  mergedBy,
  reason,
  why,
}: JournalEvent): ComparedEvent {
  const reports = [...browser, ...server];
  const used = reports.find(({ use }) => use === 'first') ?? reports[0];
  return {
    eventId,
    eventName: eventName ?? 'no name',
    at: reports.map(({ at }) => at).toSorted()[0] ?? '',
    label: counted === 'none' ? (reason === 'test' ? 'test event' : 'not counted') : 'counted',
    tone: counted === 'none' ? 'bad' : 'good',
    isMerged: mergedBy !== null,
    value: used === undefined ? '' : formatValue(used),
    why,
    server: server.map((report) => ({ event: report.event, warnings: report.warnings.length })),
  };
}
