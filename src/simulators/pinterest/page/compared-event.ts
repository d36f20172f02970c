import type { ComparedEvent } from '../../kit/simulator.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import { formatValue } from './event-card.ts';

/** Returns an event in the form that all platforms share. */
export function toComparedEvent({
  eventId,
  eventName,
  kind,
  server,
  browser,
  counted,
  isMerged,
  why,
}: JournalEvent): ComparedEvent {
  const reports = [...browser, ...server];
  const used = reports.find(({ duplicateOf }) => duplicateOf === undefined) ?? reports[0];
  const label = counted === 'none' ? 'not counted' : kind === 'offline' ? 'counted as offline' : 'counted';
  return {
    eventId,
    eventName: eventName ?? 'no name',
    at: reports.map(({ at }) => at).toSorted()[0] ?? '',
    label,
    tone: counted === 'none' ? 'bad' : kind === 'offline' ? 'doubt' : 'good',
    isMerged,
    value: used === undefined ? '' : formatValue(used),
    why,
    server: server.map((report) => ({ event: report.event, warnings: report.warnings.length })),
  };
}
