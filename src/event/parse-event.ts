import type { Event, Identity } from './event.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses an event that ingest wrote, also one of an earlier version. Requires bytes that passed the event log's checksum, and so hold an
 * Event of a known version.
 */
export function parseEvent(bytes: Uint8Array): Event {
  const event: StoredEvent = JSON.parse(utf8.decode(bytes));
  return upgradeEvent(event);
}

/** An event as any version stored it. */
type StoredEvent = Omit<Event, 'identity'> & {
  /** Earlier versions knew the browser id of one platform only. */
  readonly identity: Identity & { readonly uetVid?: string };
};

function upgradeEvent(event: StoredEvent): Event {
  const { uetVid, ...identity } = event.identity;
  return uetVid === undefined ? event : { ...event, identity: { ...identity, browserIds: { _uetvid: uetVid } } };
}
