import type { ComparedEvent } from '../../kit/simulator.ts';
import type { JournalEvent } from '../journal/journal-event.ts';

/** The label and the tone of an event. */
export function describeOutcome({ counted, refusal, matchedBy }: JournalEvent): Pick<ComparedEvent, 'label' | 'tone'> {
  if (counted === 'none') return { label: refusal === null ? 'not counted' : 'refused', tone: 'bad' };
  if (matchedBy.length === 0) return { label: 'no click', tone: 'doubt' };
  return { label: 'counted', tone: 'good' };
}

export function formatValue({ value, currency }: Pick<JournalEvent, 'value' | 'currency'>): string {
  return value === null ? '' : [value, currency].filter((part) => part !== null).join(' ');
}

/** Returns a conversion in the form that all platforms share. Its event id is the transaction id. */
export function toComparedEvent(event: JournalEvent): ComparedEvent {
  const { actionName, transactionId, server, browser, isMerged, why } = event;
  return {
    eventId: transactionId,
    eventName: actionName,
    at: [...browser, ...server].map(({ at }) => at).toSorted()[0] ?? '',
    ...describeOutcome(event),
    isMerged,
    value: formatValue(event),
    why,
    server: server.map((report) => ({ event: report.event, warnings: report.warnings.length })),
  };
}
