import type { ReportSource } from '../../../event/event.ts';
import { isStandardEventName, type StandardEventName, testEventName } from '../../../event/event-names.ts';

/** Returns the key of an event in the settings `events` and `eventNames`: the canonical name, or a custom name in lower case. */
export function renameLookupKey(canonical: string): string {
  return isStandardEventName(canonical) ? canonical : canonical.toLowerCase();
}

/**
 * Returns the event's name at the platform: the one that the setting `eventNames` gives it, else the platform's own name of a standard
 * event, else the custom name. Undefined for a standard event that has no name at the platform.
 */
export function mapEventName(
  canonical: string,
  eventNames: Readonly<Record<string, string>>,
  standardNames: Readonly<Partial<Record<StandardEventName, string>>>,
): string | undefined {
  const key = renameLookupKey(canonical);
  if (Object.hasOwn(eventNames, key)) return eventNames[key];
  return isStandardEventName(canonical) ? standardNames[canonical] : canonical;
}

/**
 * Returns whether the setting `events` includes the event. An operator's test event is always included; it must be a server event,
 * because anyone can send browser events.
 */
export function isSelected(name: string, reporter: ReportSource, events: 'all' | readonly string[]): boolean {
  const isTest = name === testEventName && reporter === 'server';
  return events === 'all' || isTest || events.includes(renameLookupKey(name));
}
