import { isReporter, isTrusted } from '../../event/event.ts';
import type { LoadedEvent } from './decide.ts';

/** Returns whether a server or webhook reported the event. Without a readable report, the record's key decides. */
export function isTrustedEvent({ record, event }: Pick<LoadedEvent, 'record' | 'event'>): boolean {
  if (event) return event.reporters.some((reporter) => isTrusted({ reporter }));
  const [, , reporter = ''] = record.key.split('\u001f');
  return isReporter(reporter) && isTrusted({ reporter });
}
