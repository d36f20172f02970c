import type { BrowserTagState, Event, Identity, Page } from './event.ts';

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
type StoredEvent = Omit<Event, 'identity' | 'page'> & {
  /** Earlier versions knew the browser id and the tag of one platform only. */
  readonly identity: Identity & { readonly uetVid?: string };
  readonly page: Page & { readonly browserTag?: BrowserTagState };
};

function upgradeEvent(event: StoredEvent): Event {
  // Most events are of this version, and need no copy.
  if (event.identity.uetVid === undefined && event.page.browserTag === undefined) return event;
  const { uetVid, ...identity } = event.identity;
  const { browserTag, ...page } = event.page;
  return {
    ...event,
    identity: uetVid === undefined ? identity : { ...identity, browserIds: { _uetvid: uetVid } },
    page: browserTag === undefined ? page : { ...page, browserTags: { microsoft: browserTag } },
  };
}
