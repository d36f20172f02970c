import { isTrusted } from '../../event/event.ts';
import { parseEventKey } from '../../event/event-key.ts';
import type { LoadedEvent } from './decide.ts';

/** Returns whether a server or webhook reported the event. If the report is unreadable, the record's key decides. */
export function isTrustedEvent({ record, event }: Pick<LoadedEvent, 'record' | 'event'>): boolean {
  if (event) return event.reporters.some((reporter) => isTrusted({ reporter }));
  const { reporter } = parseEventKey(record.key);
  return reporter !== undefined && isTrusted({ reporter });
}
